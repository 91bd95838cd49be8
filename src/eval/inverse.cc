#include "eval/inverse.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "eval/function_inverses.h"
#include "eval/pattern_example.h"
#include "eval/scorecard_points.h"
#include "language/function_registry.h"
#include "language/operators.h"

namespace pql {
namespace {

// More values than these are not looked for.
constexpr size_t kMaxFound = 40;
Value Apply(Operator op, const Value& a, const Value& b) {
  if (a.IsMissing() || b.IsMissing()) return Value::Missing();
  return InfoOf(op).body(std::array{a, b});
}

// Follows every way from an expression down to the metric.
class Inverse {
 public:
  Inverse(const Atom& atom, uint32_t metric, WorkingAccount* account)
      : rule_set_(account->cone().rule_set()), atom_(atom), metric_(metric), account_(*account) {}

  Value PartOf(const TypedExpression& part) { return account_.PartOf(atom_, part); }

  void Search(const TypedExpression& expression, const Value& wanted) {
    if (wanted.IsMissing() || found_.size() >= kMaxFound) return;
    switch (expression.kind) {
      case TypedExpression::Kind::kMetric:
        if (expression.index == metric_) Add(wanted);
        break;
      case TypedExpression::Kind::kDefine:
        Search(rule_set_.defines[expression.index].value, wanted);
        break;
      case TypedExpression::Kind::kScorecard:
        if (wanted.IsNumber()) {
          SearchScorecard(rule_set_.scorecards[expression.index], wanted.number());
        }
        break;
      case TypedExpression::Kind::kCall:
        SearchCall(expression, wanted);
        break;
      case TypedExpression::Kind::kOperator:
        SearchOperator(expression, wanted);
        break;
      default:
        break;
    }
  }

  // Where two expressions come out the same.
  void SearchEither(const TypedExpression& a, const TypedExpression& b) {
    if (Mentions(a)) Search(a, PartOf(b));
    if (Mentions(b)) Search(b, PartOf(a));
  }

  std::vector<Value> Take() { return std::move(found_); }

 private:
  void Add(const Value& value) {
    if (!value.Fits(rule_set_.metrics[metric_].type)) return;
    if (std::find(found_.begin(), found_.end(), value) == found_.end()) found_.push_back(value);
  }

  bool Mentions(const TypedExpression& expression) const {
    bool mentions = false;
    WalkTyped(expression, [&](const TypedExpression& node) {
      if (mentions) return;
      if (node.kind == TypedExpression::Kind::kMetric) {
        mentions = node.index == metric_;
      } else if (node.kind == TypedExpression::Kind::kDefine) {
        mentions = Mentions(rule_set_.defines[node.index].value);
      } else if (node.kind == TypedExpression::Kind::kScorecard) {
        const std::vector<ScorecardLine>& lines = rule_set_.scorecards[node.index].lines;
        mentions = std::any_of(lines.begin(), lines.end(), [this](const ScorecardLine& line) {
          return line.per_value.has_value() && Mentions(*line.per_value);
        });
      }
    });
    return mentions;
  }

  void SearchOperator(const TypedExpression& expression, const Value& wanted) {
    const std::vector<TypedExpression>& operands = expression.children;
    const auto solve = [&](size_t index, const auto& other_way) {
      if (Mentions(operands[index])) {
        Search(operands[index], other_way(PartOf(operands[1 - index])));
      }
    };
    switch (expression.op) {
      case Operator::kNegate:
        Search(operands[0], InfoOf(Operator::kNegate).body(std::array{wanted}));
        break;
      case Operator::kIf:
        Search(operands[1], wanted);
        Search(operands[2], wanted);
        break;
      case Operator::kAdd:
        for (const size_t index : {0, 1}) {
          solve(index, [&](const Value& o) { return Apply(Operator::kSubtract, wanted, o); });
        }
        break;
      case Operator::kSubtract:
        solve(0, [&](const Value& o) { return Apply(Operator::kAdd, o, wanted); });
        solve(1, [&](const Value& o) { return Apply(Operator::kSubtract, o, wanted); });
        break;
      case Operator::kMultiply:
        for (const size_t index : {0, 1}) {
          solve(index, [&](const Value& o) { return Apply(Operator::kDivide, wanted, o); });
        }
        break;
      case Operator::kDivide:
        solve(0, [&](const Value& o) { return Apply(Operator::kMultiply, wanted, o); });
        solve(1, [&](const Value& o) { return Apply(Operator::kDivide, o, wanted); });
        break;
      default:
        break;
    }
  }

  void SearchCall(const TypedExpression& expression, const Value& wanted) {
    const InverseFunction inverse = FindInverse(expression.function->name);
    if (inverse == nullptr) return;
    InverseQuestion question = {.wanted = wanted, .now = account_.input().now};
    for (const TypedExpression& argument : expression.children) {
      question.arguments.push_back(PartOf(argument));
    }
    for (size_t i = 0; i < expression.children.size(); ++i) {
      if (!Mentions(expression.children[i])) continue;
      question.index = i;
      question.type = expression.children[i].type;
      for (const Value& value : inverse(question)) Search(expression.children[i], value);
    }
  }

  // Of each line that counts by the metric, what it has to count beside the other lines' points.
  void SearchScorecard(const Scorecard& scorecard, double wanted) {
    std::vector<double> points;
    double sum = 0;
    for (const ScorecardLine& line : scorecard.lines) {
      points.push_back(PointsOf(line));
      sum += points.back();
    }
    for (size_t i = 0; i < points.size(); ++i) {
      const ScorecardLine& line = scorecard.lines[i];
      if (!line.per_value.has_value() || !Mentions(*line.per_value)) continue;
      double times = (wanted - (sum - points[i])) / line.points;
      if (line.up_to.has_value()) times = std::min(times, *line.up_to / std::abs(line.points));
      for (const double count : {std::ceil(times), std::floor(times) + 1}) {
        const double amount = count * line.per;
        Search(*line.per_value, line.per_value->type.IsNumber() ? Value::Number(amount)
                                                                : Value::RoundedSpan(amount));
      }
    }
  }

  double PointsOf(const ScorecardLine& line) {
    const Value value = PartOf(line.condition.has_value() ? *line.condition : *line.per_value);
    if (value.IsMissing()) return 0;
    if (line.condition.has_value()) return PointsWhen(line, value.IsTrue());
    return PointsPer(
        line, value.IsDuration() ? static_cast<double>(value.duration().micros) : value.number());
  }

  const CheckedRuleSet& rule_set_;
  const Atom& atom_;
  const uint32_t metric_;
  WorkingAccount& account_;
  std::vector<Value> found_;
};

// Texts that contain `part`, at an end of `text` or instead of it.
std::vector<std::string> TextsWith(const std::string& part, const std::string& text) {
  return {part, text + part, part + text};
}

void SearchTextTest(const TypedExpression& node, Inverse* inverse) {
  const Value text = inverse->PartOf(node.children[0]);
  Value part;
  if (node.op == Operator::kMatches) {
    const std::optional<std::string> example = ExampleOf(*node.pattern);
    if (example.has_value()) part = Value::String(*example);
  } else {
    part = inverse->PartOf(node.children[1]);
    inverse->Search(node.children[1], text);
    inverse->Search(node.children[1], Value::String(""));
  }
  if (part.IsMissing()) return;
  for (std::string& wanted : TextsWith(part.string(), text.IsMissing() ? "" : text.string())) {
    inverse->Search(node.children[0], Value::String(std::move(wanted)));
  }
}

// Whether an element is in a list: the element may be one that is.
void SearchElement(const TypedExpression& node, Inverse* inverse) {
  const Value list = inverse->PartOf(node.children[0]);
  if (list.IsStringList()) {
    for (const std::string& text : list.strings()) {
      inverse->Search(node.children[1], Value::String(text));
    }
  } else if (list.IsNumberList()) {
    for (const double number : list.numbers()) {
      inverse->Search(node.children[1], Value::Number(number));
    }
  }
}

void SearchWindow(const TypedExpression& node, Timestamp clock, Inverse* inverse) {
  const Value now = Value::Time(clock);
  const Value time = inverse->PartOf(node.children[0]);
  const Value span = inverse->PartOf(node.children[1]);
  const bool last = node.op == Operator::kWithinLast;
  inverse->Search(node.children[0], now);
  inverse->Search(node.children[0], Apply(last ? Operator::kSubtract : Operator::kAdd, now, span));
  inverse->Search(node.children[1], last ? Apply(Operator::kSubtract, now, time)
                                         : Apply(Operator::kSubtract, time, now));
}

}  // namespace

std::vector<Value> ValuesThatMatter(const Atom& atom, uint32_t metric, WorkingAccount* account) {
  Inverse inverse(atom, metric, account);
  const TypedExpression& node = *atom.expression;
  if (node.kind != TypedExpression::Kind::kOperator) return {};
  switch (node.op) {
    case Operator::kContains:
      node.children[0].type.IsList() ? SearchElement(node, &inverse)
                                     : SearchTextTest(node, &inverse);
      break;
    case Operator::kStartsWith:
    case Operator::kEndsWith:
    case Operator::kMatches:
      SearchTextTest(node, &inverse);
      break;
    case Operator::kWithinLast:
    case Operator::kWithinNext:
      SearchWindow(node, account->input().now, &inverse);
      break;
    default:
      if (!ComparesValues(node.op)) break;
      for (size_t i = 1; i < node.children.size(); ++i) {
        inverse.SearchEither(node.children[0], node.children[i]);
      }
      break;
  }
  return inverse.Take();
}

}  // namespace pql
