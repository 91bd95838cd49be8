// The built-in functions at their boundaries.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_text.h"
#include "gtest/gtest.h"
#include "language/function_registry.h"
#include "tests/language/values.h"

namespace pql {
namespace {

Value Date(std::string_view text) { return Time(ParseTimestamp(text).value()); }
Value Words(Value::StringList words) { return Value::List(std::move(words)); }
Value Numbers(Value::NumberList numbers) { return Value::List(std::move(numbers)); }

struct FunctionRow {
  const char* function;
  std::vector<Value> arguments;
  Value result;
};

const std::vector<FunctionRow>& Rows() {
  static const auto& rows = *new std::vector<FunctionRow>{
      {"abs", {Num(-3)}, Num(3)},
      {"abs", {Num(3)}, Num(3)},
      {"abs", {Micros(-3)}, Micros(3)},
      {"abs", {Micros(kMost)}, Micros(kMost)},
      {"abs", {Micros(kLeast)}, kMissing},
      {"min", {Num(3)}, Num(3)},
      {"min", {Num(3), Num(-1), Num(2)}, Num(-1)},
      {"min", {Micros(3), Micros(2)}, Micros(2)},
      {"min", {Time(3), Time(2)}, Time(2)},
      {"max", {Num(3), Num(-1), Num(7)}, Num(7)},
      {"max", {Micros(kLeast), Micros(kMost)}, Micros(kMost)},
      {"max", {Time(3), Time(2)}, Time(3)},
      {"clamp", {Num(5), Num(0), Num(10)}, Num(5)},
      {"clamp", {Num(-5), Num(0), Num(10)}, Num(0)},
      {"clamp", {Num(50), Num(0), Num(10)}, Num(10)},
      {"clamp", {Num(5), Num(7), Num(7)}, Num(7)},
      {"clamp", {Num(5), Num(10), Num(0)}, kMissing},
      {"clamp", {Micros(9), Micros(1), Micros(3)}, Micros(3)},
      {"clamp", {Time(0), Time(1), Time(3)}, Time(1)},
      {"round", {Num(2.5)}, Num(3)},
      {"round", {Num(-2.5)}, Num(-3)},
      {"round", {Num(0.49999999999999994)}, Num(0)},
      {"round", {Num(-0.4)}, Num(0)},
      {"round", {Num(9007199254740993)}, Num(9007199254740992)},
      {"floor", {Num(-0.5)}, Num(-1)},
      {"floor", {Num(2)}, Num(2)},
      {"ceil", {Num(-0.5)}, Num(0)},
      {"ceil", {Num(2.1)}, Num(3)},
      {"sqrt", {Num(9)}, Num(3)},
      {"sqrt", {Num(0)}, Num(0)},
      {"sqrt", {Num(-1)}, kMissing},
      {"ln", {Num(1)}, Num(0)},
      {"ln", {Num(0)}, kMissing},
      {"ln", {Num(-1)}, kMissing},
      {"pow", {Num(2), Num(10)}, Num(1024)},
      {"pow", {Num(2), Num(-1)}, Num(0.5)},
      {"pow", {Num(0), Num(0)}, Num(1)},
      {"pow", {Num(0), Num(-1)}, kMissing},
      {"pow", {Num(-8), Num(0.5)}, kMissing},
      {"pow", {Num(10), Num(400)}, kMissing},
      {"length", {Str("")}, Num(0)},
      {"length", {Str("größe")}, Num(5)},
      {"length", {Str("🎉e\u0301")}, Num(3)},
      {"lower", {Str("ÀÇÉ Ada")}, Str("àçé ada")},
      {"lower", {Str("")}, Str("")},
      {"upper", {Str("straße")}, Str("STRASSE")},
      {"trim", {Str(" \t\r\n\v\f pro plan ")}, Str("pro plan")},
      {"trim", {Str("\u00A0pro\u00A0")}, Str("\u00A0pro\u00A0")},
      {"trim", {Str(" \t")}, Str("")},
      {"trim", {Str("")}, Str("")},
      {"size", {Words({})}, Num(0)},
      {"size", {Words({"sso", "audit", "sso"})}, Num(2)},
      {"size", {Words({"sso", "SSO", ""})}, Num(3)},
      {"size", {Numbers({1, 1, 2})}, Num(2)},
      {"size", {Numbers({0, -0.0})}, Num(1)},
      {"days", {Micros(36 * kMicrosPerHour)}, Num(1.5)},
      {"days", {Micros(-kMicrosPerDay)}, Num(-1)},
      {"hours", {Micros(90 * kMicrosPerMinute)}, Num(1.5)},
      {"minutes", {Micros(90 * kMicrosPerSecond)}, Num(1.5)},
      {"minutes", {Micros(kMost)}, Num(9223372036854775808.0 / 6e7)},
      {"duration_days", {Num(1.5)}, Micros(36 * kMicrosPerHour)},
      {"duration_days", {Num(-2)}, Micros(-2 * kMicrosPerDay)},
      {"duration_days", {Num(0.5 / 86'400e6)}, Micros(1)},
      {"duration_days", {Num(106'751'991)}, Micros(106'751'991 * kMicrosPerDay)},
      {"duration_days", {Num(106'751'992)}, kMissing},
      {"duration_days", {Num(1e300)}, kMissing},
      {"weekday", {Date("1970-01-01")}, Num(4)},
      {"weekday", {Date("2026-03-01T23:59:59.999999Z")}, Num(7)},
      {"weekday", {Date("2026-03-02")}, Num(1)},
      {"weekday", {Date("1969-12-31T23:59:59Z")}, Num(3)},
      {"weekday", {Date("2026-03-02T00:30:00+01:00")}, Num(7)},
      {"weekday", {Time(kMinTimestampMicros)}, Num(1)},
      {"weekday", {Time(kMaxTimestampMicros)}, Num(5)},
      {"date", {Date("2026-03-01T08:30:00Z")}, Date("2026-03-01")},
      {"date", {Date("2026-03-01")}, Date("2026-03-01")},
      {"date", {Time(-1)}, Date("1969-12-31")},
      {"date", {Date("1969-12-31")}, Date("1969-12-31")},
      {"date", {Time(kMinTimestampMicros)}, Time(kMinTimestampMicros)},
      {"date", {Time(kMaxTimestampMicros)}, Date("9999-12-31")},
  };
  return rows;
}

TEST(FunctionsTest, Results) {
  for (const FunctionRow& row : Rows()) {
    const FunctionDefinition* function = FunctionRegistry::Builtin()->Find(row.function);
    ASSERT_NE(function, nullptr) << row.function;
    const Value result = function->body(row.arguments);
    std::string text;
    for (const Value& argument : row.arguments) text += argument.ToSource() + " ";
    EXPECT_EQ(result, row.result) << row.function << " of " << text << "gave " << result.ToSource();
  }
}

bool Takes(const Signature& signature, const std::vector<Value>& arguments) {
  if (signature.variadic ? arguments.size() < signature.parameters.size()
                         : arguments.size() != signature.parameters.size()) {
    return false;
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    const size_t parameter = std::min(i, signature.parameters.size() - 1);
    if (!arguments[i].Fits(Type::OfKind(signature.parameters[parameter]))) return false;
  }
  return true;
}

TEST(FunctionsTest, EverySignatureHasACaseAndKeepsItsPromise) {
  for (const FunctionDefinition* function : FunctionRegistry::Builtin()->All()) {
    for (size_t i = 0; i < function->signatures.size(); ++i) {
      const Signature& signature = function->signatures[i];
      int cases = 0;
      for (const FunctionRow& row : Rows()) {
        if (row.function != function->name || !Takes(signature, row.arguments)) continue;
        ++cases;
        EXPECT_TRUE(row.result.Fits(Type::OfKind(signature.result))) << function->name;
      }
      EXPECT_GT(cases, 0) << function->SignatureTexts()[i];
    }
  }
}

// grammar/README.md, "Functions".
TEST(FunctionsTest, AllAreThere) {
  const std::vector<std::string_view> expected = {
      "abs",   "ceil",   "clamp", "coalesce", "date",  "days",   "duration_days", "floor",
      "hours", "length", "ln",    "lower",    "max",   "min",    "minutes",       "pow",
      "round", "size",   "sqrt",  "trim",     "upper", "weekday"};
  EXPECT_EQ(FunctionRegistry::Builtin()->Names(), expected);
}

// "`sqrt ln pow` drop it, the other numeric functions keep it".
TEST(FunctionsTest, UnitRules) {
  const std::set<std::string_view> keepers = {"abs",   "ceil", "clamp", "coalesce",
                                              "floor", "max",  "min",   "round"};
  for (const FunctionDefinition* function : FunctionRegistry::Builtin()->All()) {
    EXPECT_EQ(function->unit_rule == FunctionDefinition::UnitRule::kKeep,
              keepers.contains(function->name))
        << function->name;
  }
}

TEST(FunctionsTest, ClampIsHopelessOnlyWithAnEmptyRange) {
  const FunctionDefinition& clamp = *FunctionRegistry::Builtin()->Find("clamp");
  EXPECT_TRUE(clamp.hopeless(std::vector{kMissing, Num(5), Num(1)}));
  EXPECT_FALSE(clamp.hopeless(std::vector{kMissing, Num(1), Num(5)}));
  EXPECT_FALSE(clamp.hopeless(std::vector{kMissing, Num(5), kMissing}));
  EXPECT_FALSE(clamp.hopeless(std::vector{Num(3), kMissing, Num(1)}));
}

TEST(FunctionsTest, AllAreDeterministicAndDocumented) {
  for (const FunctionDefinition* function : FunctionRegistry::Builtin()->All()) {
    EXPECT_TRUE(function->deterministic) << function->name;
    EXPECT_TRUE(function->example.starts_with(function->name + "(")) << function->name;
    EXPECT_TRUE(function->doc.ends_with(".")) << function->name;
    EXPECT_FALSE(function->family.empty()) << function->name;
  }
}

}  // namespace
}  // namespace pql
