#include "language/function_registry.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "ast/rule_file.h"
#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

using Kind = Type::Kind;

// Words and names that nothing can be declared as (grammar/README.md, "Words and literals").
bool IsReserved(std::string_view name) {
  return IsReservedWord(name) || name == "now" || name == "stage";
}

// Identifiers joined by dots.
bool IsFunctionName(std::string_view name) {
  if (IsReserved(name) || FindInvalidUtf8(name).has_value()) return false;
  size_t begin = 0;
  while (true) {
    const size_t dot = name.find('.', begin);
    if (!IsIdentifier(name.substr(begin, dot - begin))) return false;
    if (dot == std::string_view::npos) return true;
    begin = dot + 1;
  }
}

// Empty when the signature can be called as documented by `names`, else what is wrong with it.
std::string_view SignatureProblem(const Signature& signature,
                                  const std::vector<std::string>& names) {
  const auto takes_no_values = [](Kind kind) {
    return kind == Kind::kUnknown || kind == Kind::kOneOf;
  };
  if (signature.parameters.size() > names.size()) return "a parameter has no name";
  if (signature.variadic && signature.parameters.empty()) return "nothing to repeat";
  if (takes_no_values(signature.result) ||
      std::any_of(signature.parameters.begin(), signature.parameters.end(), takes_no_values)) {
    return "signatures are over number, bool, string, timestamp, duration and lists";
  }
  return "";
}

// Empty when the definition is good.
std::string_view Problem(const FunctionDefinition& definition) {
  const bool strict = definition.missing == FunctionDefinition::Missing::kStrict;
  if (!IsFunctionName(definition.name)) return "the name is malformed or reserved";
  if (definition.doc.empty()) return "the documentation is missing";
  if (definition.example.empty()) return "the example is missing";
  if (strict && definition.body == nullptr) return "the body is missing";
  if (strict && definition.signatures.empty()) return "the signature is missing";
  for (const Signature& signature : definition.signatures) {
    const std::string_view problem = SignatureProblem(signature, definition.parameter_names);
    if (!problem.empty()) return problem;
  }
  return "";
}

}  // namespace

std::vector<std::string> FunctionDefinition::SignatureTexts() const {
  if (signatures.empty()) return {StrCat(name, "(a, b, ...) -> the same type")};
  std::vector<std::string> texts;
  for (const Signature& signature : signatures) {
    std::string text = StrCat(name, "(");
    for (size_t i = 0; i < signature.parameters.size(); ++i) {
      StrAppend(&text, i == 0 ? "" : ", ", parameter_names[i], ": ",
                Type::OfKind(signature.parameters[i]).ToString());
    }
    StrAppend(&text, signature.variadic ? ", ...) -> " : ") -> ",
              Type::OfKind(signature.result).ToString());
    texts.push_back(std::move(text));
  }
  return texts;
}

absl::Status FunctionRegistry::Add(FunctionDefinition definition) {
  const std::string_view problem = Problem(definition);
  if (!problem.empty()) {
    return absl::InvalidArgumentError(StrCat("function `", definition.name, "`: ", problem));
  }
  if (functions_.contains(definition.name)) {
    return absl::AlreadyExistsError(
        StrCat("function `", definition.name, "` is registered already"));
  }
  std::string name = definition.name;
  functions_.emplace(std::move(name), std::make_unique<FunctionDefinition>(std::move(definition)));
  return absl::OkStatus();
}

const FunctionDefinition* FunctionRegistry::Find(std::string_view name) const {
  const auto found = functions_.find(name);
  return found == functions_.end() ? nullptr : found->second.get();
}

std::vector<const FunctionDefinition*> FunctionRegistry::All() const {
  std::vector<const FunctionDefinition*> all;
  for (const auto& [name, definition] : functions_) all.push_back(definition.get());
  return all;
}

std::vector<std::string_view> FunctionRegistry::Names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, definition] : functions_) names.push_back(name);
  return names;
}

}  // namespace pql
