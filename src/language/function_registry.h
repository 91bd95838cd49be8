// The functions of the language.  Signature, documentation, example and body of a function stand in
// one FunctionDefinition; the reference page, the checker, completion and every engine read it from
// here.  A plug-in adds more the same way.
//
// Build a registry, then share it as const: thread-safe.  Definitions live as long as the registry.

#ifndef PQL_LANGUAGE_FUNCTION_REGISTRY_H_
#define PQL_LANGUAGE_FUNCTION_REGISTRY_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "language/type.h"
#include "language/value.h"

namespace pql {

// One way to call a function.
struct Signature {
  std::vector<Type::Kind> parameters;  // kOneOf never: a `one of` argument is taken as kString
  Type::Kind result = Type::Kind::kNumber;
  bool variadic = false;  // the last parameter may come any number of times, at least once
};

struct FunctionDefinition {
  // What a missing argument does.
  enum class Missing : uint8_t {
    kStrict,        // makes the result missing; the body never sees one
    kFirstPresent,  // coalesce: the first present argument; no body
  };
  // What the unit of the arguments means for a number as the result.
  enum class UnitRule : uint8_t {
    kKeep,  // arguments must agree, the result has their unit: max(storage, 1GB)
    kDrop,  // the result has none: sqrt(storage)
  };

  std::string name;
  std::string
      family;  // "numbers", "text", "lists", "time", "missing values", or the plug-in's name
  // In order; the first that fits is taken.  Empty for coalesce: any one type.
  std::vector<Signature> signatures;
  std::vector<std::string> parameter_names;  // for documentation: {"x", "low", "high"}
  UnitRule unit_rule = UnitRule::kDrop;
  Missing missing = Missing::kStrict;
  bool deterministic = true;
  std::string doc;             // one or two sentences for an ops person
  std::string example;         // `clamp(discount, 0, 100)`
  std::string example_result;  // for literal examples, checked by a test: `round(2.5)` is `3`
  // Arguments are present and of the signature's types.  A result that is not of the signature's
  // type, not finite or out of range counts as missing.  Must not throw.
  std::function<Value(std::span<const Value> arguments)> body;
  // Whether no value of the missing arguments can give a present result (clamp with low above
  // high): then no metric is named as the cause.  May be empty: never.
  std::function<bool(std::span<const Value> arguments)> hopeless;

  // `clamp(x: number, low: number, high: number) -> number`, a line a signature.
  std::vector<std::string> SignatureTexts() const;
};

class FunctionRegistry {
 public:
  // ALREADY_EXISTS when there is one of that name, INVALID_ARGUMENT when the definition is no good
  // (no body, documentation or example, a reserved or malformed name).
  absl::Status Add(FunctionDefinition definition);

  const FunctionDefinition* Find(std::string_view name) const;  // null when unknown
  std::vector<const FunctionDefinition*> All() const;           // in order of name
  std::vector<std::string_view> Names() const;

  // The functions of the language (grammar/README.md, "Functions").
  static std::shared_ptr<const FunctionRegistry> Builtin();
  static FunctionRegistry WithBuiltins();

 private:
  std::map<std::string, std::unique_ptr<FunctionDefinition>, std::less<>> functions_;
};

// Families: one file each under functions/, listed in functions/all.cc.
std::vector<FunctionDefinition> NumberFunctions();
std::vector<FunctionDefinition> TextFunctions();
std::vector<FunctionDefinition> ListFunctions();
std::vector<FunctionDefinition> TimeFunctions();
std::vector<FunctionDefinition> MissingValueFunctions();

}  // namespace pql

#endif  // PQL_LANGUAGE_FUNCTION_REGISTRY_H_
