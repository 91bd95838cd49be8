#include "language/function_registry.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using Kind = Type::Kind;

FunctionDefinition Good(std::string name = "double") {
  return {.name = std::move(name),
          .family = "test",
          .signatures = {{{Kind::kNumber}, Kind::kNumber}},
          .parameter_names = {"x"},
          .doc = "Twice the number.",
          .example = "double(2)",
          .body = [](std::span<const Value> v) { return Value::Number(2 * v[0].number()); }};
}

template <typename Change>
absl::StatusCode CodeWith(const Change& change) {
  FunctionRegistry registry;
  FunctionDefinition definition = Good();
  change(definition);
  return registry.Add(std::move(definition)).code();
}

TEST(FunctionRegistryTest, FindsWhatWasAdded) {
  FunctionRegistry registry;
  ASSERT_TRUE(registry.Add(Good("b")).ok());
  ASSERT_TRUE(registry.Add(Good("größe.a")).ok());
  ASSERT_TRUE(registry.Add(Good("a")).ok());
  ASSERT_NE(registry.Find("b"), nullptr);
  EXPECT_EQ(registry.Find("b")->name, "b");
  EXPECT_EQ(registry.Find("c"), nullptr);
  EXPECT_THAT(registry.Names(), ElementsAre("a", "b", "größe.a"));
  EXPECT_EQ(registry.All()[0], registry.Find("a"));
}

TEST(FunctionRegistryTest, DefinitionsStayWhereTheyAre) {
  FunctionRegistry registry = FunctionRegistry::WithBuiltins();
  const FunctionDefinition* abs = registry.Find("abs");
  for (char c = 'A'; c <= 'Z'; ++c) ASSERT_TRUE(registry.Add(Good(std::string(1, c))).ok());
  const FunctionRegistry moved = std::move(registry);
  EXPECT_EQ(moved.Find("abs"), abs);
}

TEST(FunctionRegistryTest, ANameIsTakenOnce) {
  FunctionRegistry registry = FunctionRegistry::WithBuiltins();
  EXPECT_EQ(registry.Add(Good("abs")).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(registry.Find("abs")->family, "numbers");
}

TEST(FunctionRegistryTest, RefusesNamesThatNoCallCouldSpell) {
  for (const char* name : {"", "1st", "a b", "and", "then", "now", "stage", ".a", "a.", "a..b",
                           "a-b", "\xff", "a\u200b"}) {
    EXPECT_EQ(CodeWith([&](FunctionDefinition& d) { d.name = name; }),
              absl::StatusCode::kInvalidArgument)
        << name;
  }
}

TEST(FunctionRegistryTest, RefusesIncompleteDefinitions) {
  const auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(CodeWith([](FunctionDefinition&) {}), absl::StatusCode::kOk);
  EXPECT_EQ(CodeWith([](FunctionDefinition& d) { d.body = nullptr; }), kInvalid);
  EXPECT_EQ(CodeWith([](FunctionDefinition& d) { d.doc.clear(); }), kInvalid);
  EXPECT_EQ(CodeWith([](FunctionDefinition& d) { d.example.clear(); }), kInvalid);
  EXPECT_EQ(CodeWith([](FunctionDefinition& d) { d.signatures.clear(); }), kInvalid);
  EXPECT_EQ(CodeWith([](FunctionDefinition& d) { d.parameter_names.clear(); }), kInvalid);
  EXPECT_EQ(CodeWith([](FunctionDefinition& d) { d.signatures[0].result = Kind::kUnknown; }),
            kInvalid);
  EXPECT_EQ(CodeWith([](FunctionDefinition& d) { d.signatures[0].parameters = {Kind::kOneOf}; }),
            kInvalid);
  EXPECT_EQ(CodeWith([](FunctionDefinition& d) {
              d.signatures[0].parameters.clear();
              d.signatures[0].variadic = true;
            }),
            kInvalid);
}

TEST(FunctionRegistryTest, SaysWhichFunctionIsNoGood) {
  FunctionRegistry registry;
  FunctionDefinition definition = Good("risky");
  definition.doc.clear();
  EXPECT_EQ(registry.Add(std::move(definition)).message(),
            "function `risky`: the documentation is missing");
}

TEST(FunctionRegistryTest, SignatureTexts) {
  const auto texts = [](const char* name) {
    return FunctionRegistry::Builtin()->Find(name)->SignatureTexts();
  };
  EXPECT_THAT(texts("clamp"),
              ElementsAre("clamp(x: number, low: number, high: number) -> number",
                          "clamp(x: duration, low: duration, high: duration) -> duration",
                          "clamp(x: timestamp, low: timestamp, high: timestamp) -> timestamp"));
  EXPECT_THAT(texts("min"),
              ElementsAre("min(x: number, ...) -> number", "min(x: duration, ...) -> duration",
                          "min(x: timestamp, ...) -> timestamp"));
  EXPECT_THAT(texts("size"), ElementsAre("size(list: list(string)) -> number",
                                         "size(list: list(number)) -> number"));
  EXPECT_THAT(texts("coalesce"), ElementsAre("coalesce(a, b, ...) -> the same type"));
}

}  // namespace
}  // namespace pql
