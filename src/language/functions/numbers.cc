// Numbers, and what durations and timestamps share with them: abs min max clamp round floor ceil
// sqrt ln pow.  A result that is not finite becomes missing in Value::Number.

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "language/function_registry.h"
#include "language/operators.h"

namespace pql {
namespace {

using Kind = Type::Kind;
using Arguments = std::span<const Value>;

bool IsBefore(const Value& a, const Value& b) { return CompareOrdered(a, b) < 0; }

Value Abs(Arguments v) {
  if (v[0].IsNumber()) return Value::Number(std::fabs(v[0].number()));
  if (v[0].duration().micros >= 0) return v[0];
  return InfoOf(Operator::kNegate).body(v);  // the longest negative duration has no opposite
}

Value Min(Arguments v) { return *std::min_element(v.begin(), v.end(), IsBefore); }
Value Max(Arguments v) { return *std::max_element(v.begin(), v.end(), IsBefore); }

// Whether both ends are present and the wrong way round.
bool HasNoRange(Arguments v) {
  return !v[1].IsMissing() && !v[2].IsMissing() && IsBefore(v[2], v[1]);
}

Value Clamp(Arguments v) {
  if (HasNoRange(v)) return Value::Missing();
  return std::min(std::max(v[0], v[1], IsBefore), v[2], IsBefore);
}

Value Round(Arguments v) { return Value::Number(std::round(v[0].number())); }
Value Floor(Arguments v) { return Value::Number(std::floor(v[0].number())); }
Value Ceil(Arguments v) { return Value::Number(std::ceil(v[0].number())); }
Value Sqrt(Arguments v) { return Value::Number(std::sqrt(v[0].number())); }
Value Ln(Arguments v) { return Value::Number(std::log(v[0].number())); }
Value Pow(Arguments v) { return Value::Number(std::pow(v[0].number(), v[1].number())); }

// T, T... -> T for each ordered type.
std::vector<Signature> OneOrMoreOfAKind() {
  std::vector<Signature> signatures;
  for (const Kind kind : {Kind::kNumber, Kind::kDuration, Kind::kTimestamp}) {
    signatures.push_back({.parameters = {kind}, .result = kind, .variadic = true});
  }
  return signatures;
}

std::vector<Signature> ThreeOfAKind() {
  std::vector<Signature> signatures;
  for (const Kind kind : {Kind::kNumber, Kind::kDuration, Kind::kTimestamp}) {
    signatures.push_back({.parameters = {kind, kind, kind}, .result = kind});
  }
  return signatures;
}

std::vector<FunctionDefinition> OrderFunctions() {
  return {
      {
          .name = "min",
          .family = "numbers",
          .signatures = OneOrMoreOfAKind(),
          .parameter_names = {"x"},
          .unit_rule = FunctionDefinition::UnitRule::kKeep,
          .doc =
              "The smallest of its values: the lowest number, the shortest duration, the earliest "
              "time.",
          .example = "min(3, 5, 4)",
          .example_result = "3",
          .body = Min,
      },
      {
          .name = "max",
          .family = "numbers",
          .signatures = OneOrMoreOfAKind(),
          .parameter_names = {"x"},
          .unit_rule = FunctionDefinition::UnitRule::kKeep,
          .doc = "The largest of its values: the highest number, the longest duration, the latest "
                 "time.",
          .example = "max(3, 5, 4)",
          .example_result = "5",
          .body = Max,
      },
      {
          .name = "clamp",
          .family = "numbers",
          .signatures = ThreeOfAKind(),
          .parameter_names = {"x", "low", "high"},
          .unit_rule = FunctionDefinition::UnitRule::kKeep,
          .doc = "The value, but at least `low` and at most `high`. Missing when `low` is above "
                 "`high`.",
          .example = "clamp(120, 0, 100)",
          .example_result = "100",
          .body = Clamp,
          .hopeless = HasNoRange,
      },
      {
          .name = "abs",
          .family = "numbers",
          .signatures = {{{Kind::kNumber}, Kind::kNumber}, {{Kind::kDuration}, Kind::kDuration}},
          .parameter_names = {"x"},
          .unit_rule = FunctionDefinition::UnitRule::kKeep,
          .doc = "The number or duration without its minus sign.",
          .example = "abs(-3)",
          .example_result = "3",
          .body = Abs,
      },
  };
}

// A function of one number.
FunctionDefinition OfANumber(std::string name, FunctionDefinition::UnitRule unit_rule,
                             std::string doc, std::string example, std::string example_result,
                             Value (*body)(Arguments)) {
  return {
      .name = std::move(name),
      .family = "numbers",
      .signatures = {{{Kind::kNumber}, Kind::kNumber}},
      .parameter_names = {"x"},
      .unit_rule = unit_rule,
      .doc = std::move(doc),
      .example = std::move(example),
      .example_result = std::move(example_result),
      .body = body,
  };
}

}  // namespace

std::vector<FunctionDefinition> NumberFunctions() {
  constexpr auto kKeep = FunctionDefinition::UnitRule::kKeep;
  constexpr auto kDrop = FunctionDefinition::UnitRule::kDrop;
  std::vector<FunctionDefinition> functions = OrderFunctions();
  functions.push_back(OfANumber("round", kKeep,
                                "The nearest whole number; a half goes away from zero.",
                                "round(2.5)", "3", Round));
  functions.push_back(
      OfANumber("floor", kKeep, "The whole number at or below.", "floor(2.7)", "2", Floor));
  functions.push_back(
      OfANumber("ceil", kKeep, "The whole number at or above.", "ceil(2.1)", "3", Ceil));
  functions.push_back(OfANumber("sqrt", kDrop, "The square root. Missing for a negative number.",
                                "sqrt(9)", "3", Sqrt));
  functions.push_back(OfANumber("ln", kDrop,
                                "The natural logarithm. Missing for zero and negative numbers.",
                                "ln(1)", "0", Ln));
  functions.push_back({
      .name = "pow",
      .family = "numbers",
      .signatures = {{{Kind::kNumber, Kind::kNumber}, Kind::kNumber}},
      .parameter_names = {"x", "exponent"},
      .unit_rule = kDrop,
      .doc = "The number raised to a power. Missing when the result is no finite number.",
      .example = "pow(2, 10)",
      .example_result = "1024",
      .body = Pow,
  });
  return functions;
}

}  // namespace pql
