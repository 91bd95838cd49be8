#include "eval/interpreter.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "eval/kleene.h"
#include "eval/scorecard_points.h"
#include "language/checked_rule_set.h"
#include "language/function_registry.h"
#include "language/operators.h"
#include "language/typed_expression.h"
#include "language/value.h"
#include "re2/re2.h"

namespace pql {
namespace {

std::vector<Value> ValuesOf(std::span<const Result> results) {
  std::vector<Value> values;
  values.reserve(results.size());
  for (const Result& result : results) values.push_back(result.value);
  return values;
}

bool AnyIsMissing(std::span<const Result> results) {
  return std::any_of(results.begin(), results.end(),
                     [](const Result& result) { return result.value.IsMissing(); });
}

Result StrictOperator(Operator op, std::span<const Result> operands) {
  const std::vector<Value> values = ValuesOf(operands);
  if (AnyIsMissing(operands)) return MissingOperand(operands, IsHopeless(op, values));
  return PresentResult(InfoOf(op).body(values));
}

Result Compare(const Result& a, Operator comparison, const Result& b) {
  return StrictOperator(comparison, std::vector<Result>{a, b});
}

// subject, members...: the `or` of `subject == member`.
Result In(std::span<const Result> operands) {
  std::vector<Result> comparisons;
  for (const Result& member : operands.subspan(1)) {
    comparisons.push_back(Compare(operands[0], Operator::kEqual, member));
  }
  return Or(comparisons);
}

// subject, low, high
Result Between(std::span<const Result> operands) {
  return And(std::vector<Result>{Compare(operands[0], Operator::kGreaterOrEqual, operands[1]),
                                 Compare(operands[0], Operator::kLessOrEqual, operands[2])});
}

// now - span < time <= now
Result WithinLast(const Result& time, const Result& span, const Result& now) {
  const Result from = StrictOperator(Operator::kSubtract, std::vector<Result>{now, span});
  return And(std::vector<Result>{Compare(time, Operator::kGreater, from),
                                 Compare(time, Operator::kLessOrEqual, now)});
}

// now < time <= now + span
Result WithinNext(const Result& time, const Result& span, const Result& now) {
  const Result until = StrictOperator(Operator::kAdd, std::vector<Result>{now, span});
  return And(std::vector<Result>{Compare(time, Operator::kGreater, now),
                                 Compare(time, Operator::kLessOrEqual, until)});
}

Result Matches(const TypedExpression& expression, std::span<const Result> operands) {
  if (operands[0].value.IsMissing()) return MissingOperand(operands, /*hopeless=*/false);
  return PresentResult(
      Value::Bool(re2::RE2::PartialMatch(operands[0].value.string(), *expression.pattern)));
}

Result Call(const TypedExpression& expression, std::span<const Result> arguments) {
  const FunctionDefinition& function = *expression.function;
  if (function.missing == FunctionDefinition::Missing::kFirstPresent) {
    return FirstPresent(arguments);
  }
  const std::vector<Value> values = ValuesOf(arguments);
  if (AnyIsMissing(arguments)) {
    return MissingOperand(arguments, function.hopeless != nullptr && function.hopeless(values));
  }
  Value value = function.body(values);
  if (!value.Fits(expression.type)) value = Value::Missing();
  return PresentResult(std::move(value));
}

// What the line adds, given the value of its condition or of what it counts, which is present.
double PointsOf(const ScorecardLine& line, const Value& value) {
  if (line.condition.has_value()) return PointsWhen(line, value.IsTrue());
  return PointsPer(
      line, value.IsDuration() ? static_cast<double>(value.duration().micros) : value.number());
}

// A rule's outcome as a condition.
Result AsCondition(const RuleResult& rule) {
  if (rule.outcome == Outcome::kUnknown) return MissingCondition(rule.deciders);
  return PresentResult(Value::Bool(rule.outcome == Outcome::kQualified));
}

Outcome OutcomeOf(const Value& condition) {
  if (condition.IsMissing()) return Outcome::kUnknown;
  return condition.IsTrue() ? Outcome::kQualified : Outcome::kNotQualified;
}

bool GivesStage(const Rule& rule) {
  return rule.mode == RuleMode::kActive && rule.stage.has_value();
}

// Evaluates expressions and items against what was evaluated before.
class Interpreter {
 public:
  Interpreter(const CheckedRuleSet& rule_set, const EvaluationInput& input, const Evaluation& done)
      : rule_set_(rule_set), input_(input), done_(done) {}

  Result Evaluate(const TypedExpression& expression) const {
    switch (expression.kind) {
      case TypedExpression::Kind::kError:
        return MissingResult({});
      case TypedExpression::Kind::kConstant:
        return PresentResult(expression.constant);
      case TypedExpression::Kind::kMetric:
        return MetricValue(expression.index);
      case TypedExpression::Kind::kDefine:
        return done_.defines[expression.index];
      case TypedExpression::Kind::kScorecard:
        return PresentResult(Value::Number(done_.scorecards[expression.index].value));
      case TypedExpression::Kind::kRule:
        return AsCondition(done_.rules[expression.index]);
      case TypedExpression::Kind::kNow:
        return PresentResult(Value::Time(input_.now));
      case TypedExpression::Kind::kStage:
        return StageName();
      case TypedExpression::Kind::kCall:
        return Call(expression, EvaluateAll(expression.children));
      case TypedExpression::Kind::kOperator:
        return Operate(expression, EvaluateAll(expression.children));
    }
    return MissingResult({});
  }

  ScorecardResult EvaluateScorecard(const Scorecard& scorecard) const {
    ScorecardResult result;
    UnionOfMany missing;
    double sum = 0;
    for (const ScorecardLine& line : scorecard.lines) {
      const Result value = Evaluate(line.condition ? *line.condition : *line.per_value);
      if (value.value.IsMissing()) {
        result.incomplete = true;
        missing.Add(value.missing);
      } else {
        sum = SumOfPoints(sum, PointsOf(line, value.value));
      }
    }
    result.value = ScoreWithinBounds(scorecard, sum);
    result.missing = std::move(missing).Take();
    return result;
  }

  RuleResult EvaluateRule(uint32_t index) const {
    const Rule& rule = rule_set_.rules[index];
    const Result condition = RuleCondition(rule, index < input_.held.size() && input_.held[index]);
    RuleResult result = {.outcome = OutcomeOf(condition.value),
                         .missing = condition.missing,
                         .deciders = condition.deciders};
    if (result.outcome == Outcome::kQualified && rule.score.has_value()) {
      const Value score = Evaluate(*rule.score).value;
      if (score.IsNumber()) result.score = score.number();
    }
    return result;
  }

  // The highest stage that an active qualified rule gives.
  std::optional<uint32_t> Stage() const {
    std::optional<uint32_t> stage;
    for (uint32_t i = 0; i < rule_set_.rules.size(); ++i) {
      const bool qualified = done_.rules[i].outcome == Outcome::kQualified;
      if (qualified && GivesStage(rule_set_.rules[i])) {
        stage = std::max(stage, rule_set_.rules[i].stage);
      }
    }
    return stage;
  }

 private:
  std::vector<Result> EvaluateAll(std::span<const TypedExpression> expressions) const {
    std::vector<Result> results;
    results.reserve(expressions.size());
    for (const TypedExpression& expression : expressions) results.push_back(Evaluate(expression));
    return results;
  }

  Result MetricValue(uint32_t index) const {
    const Value& value = input_.account->Metric(index);
    return value.IsMissing() ? MissingResult({index}) : PresentResult(value);
  }

  // With no stage, the metrics with which some rule could still qualify and give one.
  Result StageName() const {
    if (done_.stage.has_value()) {
      return PresentResult(Value::String(rule_set_.stages[*done_.stage]));
    }
    UnionOfMany missing;
    for (size_t i = 0; i < rule_set_.rules.size(); ++i) {
      if (GivesStage(rule_set_.rules[i])) missing.Add(done_.rules[i].deciders.to_true);
    }
    return MissingResult(std::move(missing).Take());
  }

  Result Operate(const TypedExpression& expression, std::span<const Result> operands) const {
    switch (expression.op) {
      case Operator::kIf:
        return Choose(operands[0], operands[1], operands[2]);
      case Operator::kOr:
        return Or(operands);
      case Operator::kAnd:
        return And(operands);
      case Operator::kNot:
        return Not(operands[0]);
      case Operator::kAtLeast:
        return AtLeast(expression.count, operands);
      case Operator::kIn:
        return In(operands);
      case Operator::kNotIn:
        return Not(In(operands));
      case Operator::kBetween:
        return Between(operands);
      case Operator::kWithinLast:
        return WithinLast(operands[0], operands[1], PresentResult(Value::Time(input_.now)));
      case Operator::kWithinNext:
        return WithinNext(operands[0], operands[1], PresentResult(Value::Time(input_.now)));
      case Operator::kIsMissing:
        return PresentResult(Value::Bool(operands[0].value.IsMissing()));
      case Operator::kIsPresent:
        return PresentResult(Value::Bool(!operands[0].value.IsMissing()));
      case Operator::kMatches:
        return Matches(expression, operands);
      default:
        return StrictOperator(expression.op, operands);
    }
  }

  bool IsInWindow(const Rule& rule) const {
    return (!rule.active_from.has_value() || *rule.active_from <= input_.now) &&
           (!rule.active_until.has_value() || input_.now < *rule.active_until);
  }

  // when and not unless; for an account that the rule holds, `when or keep` in the place of `when`.
  Result RuleCondition(const Rule& rule, bool held) const {
    if (!IsInWindow(rule)) return PresentResult(Value::Bool(false));
    Result condition = Evaluate(rule.when);
    if (held && rule.keep_while.has_value()) {
      condition = Or(std::vector<Result>{condition, Evaluate(*rule.keep_while)});
    }
    if (rule.unless.has_value()) {
      condition = And(std::vector<Result>{condition, Not(Evaluate(*rule.unless))});
    }
    return condition;
  }

  const CheckedRuleSet& rule_set_;
  const EvaluationInput& input_;
  const Evaluation& done_;
};

}  // namespace

Value ConditionValue(Outcome outcome) {
  if (outcome == Outcome::kUnknown) return Value::Missing();
  return Value::Bool(outcome == Outcome::kQualified);
}

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNotQualified:
      return "NOT_QUALIFIED";
    case Outcome::kQualified:
      return "QUALIFIED";
    case Outcome::kUnknown:
      return "UNKNOWN";
  }
  return "";
}

Account::Account(const CheckedRuleSet& rule_set) {
  for (const auto& metric : rule_set.metrics) {
    defaults_.push_back(metric.default_value.value_or(Value::Missing()));
  }
  values_ = defaults_;
  was_set_.resize(defaults_.size());
}

void Account::Set(uint32_t index, Value value) {
  was_set_[index] = !value.IsMissing();
  values_[index] = was_set_[index] ? std::move(value) : defaults_[index];
}

void EvaluateItems(const CheckedRuleSet& rule_set, std::span<const Item> items,
                   const EvaluationInput& input, Evaluation* done) {
  done->rules.resize(rule_set.rules.size());
  done->defines.resize(rule_set.defines.size());
  done->scorecards.resize(rule_set.scorecards.size());
  const Interpreter interpreter(rule_set, input, *done);
  for (const Item& item : items) {
    switch (item.kind) {
      case Item::Kind::kDefine:
        done->defines[item.index] = interpreter.Evaluate(rule_set.defines[item.index].value);
        break;
      case Item::Kind::kScorecard:
        done->scorecards[item.index] =
            interpreter.EvaluateScorecard(rule_set.scorecards[item.index]);
        break;
      case Item::Kind::kRule:
        done->rules[item.index] = interpreter.EvaluateRule(item.index);
        break;
    }
  }
}

Evaluation Evaluate(const CheckedRuleSet& rule_set, const EvaluationInput& input) {
  Evaluation evaluation;
  EvaluateItems(rule_set, rule_set.evaluation_order, input, &evaluation);
  evaluation.stage = Interpreter(rule_set, input, evaluation).Stage();
  return evaluation;
}

Result EvaluateExpression(const CheckedRuleSet& rule_set, const TypedExpression& expression,
                          const EvaluationInput& input, const Evaluation& done) {
  return Interpreter(rule_set, input, done).Evaluate(expression);
}

}  // namespace pql
