#include "ruleset/killing_test.h"

#include <utility>
#include <vector>

#include "ast/rule_file.h"
#include "base/time_text.h"
#include "format/formatter.h"
#include "ruleset/item_graph.h"

namespace pql {
namespace {

// Further away, a date says more than a number of days.
constexpr int64_t kFarMicros = 1'000 * kMicrosPerDay;

ExpressionPtr Operation(Operator op, ExpressionPtr a, ExpressionPtr b = nullptr) {
  std::vector<ExpressionPtr> operands;
  operands.push_back(std::move(a));
  if (b != nullptr) operands.push_back(std::move(b));
  return Expression::OfOperator(op, std::move(operands));
}

Literal LiteralOf(const Value& value) {
  if (value.IsNumber()) return Literal::Number(value.number());
  if (value.IsBool()) return Literal::Bool(value.boolean());
  if (value.IsString()) return Literal::String(value.string());
  if (value.IsTimestamp()) return Literal::Timestamp(value.timestamp().micros);
  if (value.IsDuration()) return Literal::Duration(value.duration().micros);
  Literal list;
  list.kind = Literal::Kind::kList;
  if (value.IsNumberList()) {
    for (const double number : value.numbers()) list.elements.push_back(Literal::Number(number));
  } else if (value.IsStringList()) {
    for (const std::string& text : value.strings()) list.elements.push_back(Literal::String(text));
  }
  return list;
}

ExpressionPtr LiteralExpression(const Value& value) {
  if (value.IsNumber() && value.number() < 0) {
    return Operation(Operator::kNegate, Expression::OfLiteral(Literal::Number(-value.number())));
  }
  if (value.IsDuration() && value.duration().micros < 0) {
    return Operation(Operator::kNegate,
                     Expression::OfLiteral(Literal::Duration(-value.duration().micros)));
  }
  return Expression::OfLiteral(LiteralOf(value));
}

// `now`, `now - 3d`, or the instant itself.
ExpressionPtr InstantExpression(Timestamp instant, Timestamp now) {
  const int64_t ahead = instant.micros - now.micros;  // both within the years 1 to 9999
  if (ahead == 0) return Expression::OfName("now");
  const int64_t distance = ahead < 0 ? -ahead : ahead;
  if (distance > kFarMicros || distance % kMicrosPerSecond != 0) {
    return Expression::OfLiteral(Literal::Timestamp(instant.micros));
  }
  return Operation(ahead < 0 ? Operator::kSubtract : Operator::kAdd, Expression::OfName("now"),
                   Expression::OfLiteral(Literal::Duration(distance)));
}

ExpressionPtr Expectation(const std::string& name, const Value& expected) {
  ExpressionPtr target = Expression::OfName(name);
  if (expected.IsMissing()) return Operation(Operator::kIsMissing, std::move(target));
  if (expected.IsTrue()) return target;
  if (expected.IsFalse()) return Operation(Operator::kNot, std::move(target));
  return Operation(Operator::kEqual, std::move(target), LiteralExpression(expected));
}

}  // namespace

std::string WriteTest(const CheckedRuleSet& rule_set, const std::string& name,
                      const Situation& situation, bool has_clock, Item target,
                      const Value& expected) {
  TestSyntax test;
  test.name.text = name;
  if (has_clock) {
    test.at = Expression::OfLiteral(Literal::Timestamp(situation.now.micros));
  }
  for (uint32_t i = 0; i < rule_set.metrics.size(); ++i) {
    if (!situation.account.WasSet(i)) continue;
    const Value& value = situation.account.Metric(i);
    GivenSyntax given;
    given.metric.text = rule_set.metrics[i].name;
    given.value = has_clock && value.IsTimestamp()
                      ? InstantExpression(value.timestamp(), situation.now)
                      : LiteralExpression(value);
    test.given.push_back(std::move(given));
  }
  for (uint32_t i = 0; i < situation.held.size(); ++i) {
    if (situation.held[i]) test.previously.push_back({rule_set.rules[i].name, {}});
  }
  test.expects.push_back(Expectation(NameOfItem(rule_set, target), expected));
  return FormatDeclaration(Declaration{std::move(test), {}});
}

}  // namespace pql
