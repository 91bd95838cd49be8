#include "eval/inverse.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "eval/function_inverses.h"
#include "eval/pattern_example.h"
#include "eval/scorecard_points.h"
#include "language/function_registry.h"
#include "language/operators.h"

namespace pql {
namespace {

// More values than these are not looked for, beside one for each that the metric is held against.
constexpr size_t kMaxFound = 40;
// Into names and calls below an atom is not looked more often than once for each name and so many
// times besides.
constexpr size_t kMaxDetours = 10'000;

Value Apply(Operator op, const Value& a, const Value& b) {
  if (a.IsMissing() || b.IsMissing()) return Value::Missing();
  return InfoOf(op).body(std::array{a, b});
}

// Follows every way from an expression down to the metric.
class Inverse {
 public:
  Inverse(const Atom& atom, const Mentions& metric, WorkingAccount* account)
      : rule_set_(account->cone().rule_set()),
        atom_(atom),
        metric_(metric),
        account_(*account),
        max_found_(kMaxFound + atom.expression->children.size()),
        looks_left_(kMaxDetours + account->cone().items().size()) {}

  Value PartOf(const TypedExpression& part) { return account_.PartOf(atom_, part); }

  void Search(const TypedExpression& expression, const Value& wanted) {
    std::vector<Step> pending = {{&expression, wanted}};
    while (!pending.empty()) {
      const Step step = std::move(pending.back());
      pending.pop_back();
      if (step.wanted.IsMissing() || found_.size() >= max_found_) continue;
      Take(*step.expression, step.wanted);
      // The first of them next.
      std::move(next_.rbegin(), next_.rend(), std::back_inserter(pending));
      next_.clear();
    }
  }

  // Where two expressions come out the same.
  void SearchEither(const TypedExpression& a, const TypedExpression& b) {
    if (metric_.In(a)) Search(a, PartOf(b));
    if (metric_.In(b)) Search(b, PartOf(a));
  }

  std::vector<Value> Found() { return std::move(found_); }

 private:
  // A value that an expression should come to.
  struct Step {
    const TypedExpression* expression = nullptr;
    Value wanted;
  };

  void Later(const TypedExpression& expression, Value wanted) {
    next_.push_back({&expression, std::move(wanted)});
  }

  void Take(const TypedExpression& expression, const Value& wanted) {
    switch (expression.kind) {
      case TypedExpression::Kind::kMetric:
        if (expression.index == metric_.metric()) Add(wanted);
        break;
      case TypedExpression::Kind::kDefine: {
        const Define& define = rule_set_.defines[expression.index];
        if (IsNew(&define, wanted)) Later(define.value, wanted);
        break;
      }
      case TypedExpression::Kind::kScorecard: {
        const Scorecard& scorecard = rule_set_.scorecards[expression.index];
        if (wanted.IsNumber() && IsNew(&scorecard, wanted)) {
          SearchScorecard(scorecard, wanted.number());
        }
        break;
      }
      case TypedExpression::Kind::kCall:
        if (IsNew(&expression, wanted)) SearchCall(expression, wanted);
        break;
      case TypedExpression::Kind::kOperator:
        SearchOperator(expression, wanted);
        break;
      default:
        break;
    }
  }

  // Whether to look into a call or what a name stands for: not twice for the same value.
  bool IsNew(const void* what, const Value& wanted) {
    if (looks_left_ == 0 || !seen_.insert({what, wanted.ToSource()}).second) return false;
    --looks_left_;
    return true;
  }

  void Add(const Value& value) {
    if (!value.Fits(rule_set_.metrics[metric_.metric()].type)) return;
    if (std::find(found_.begin(), found_.end(), value) == found_.end()) found_.push_back(value);
  }

  void SearchOperator(const TypedExpression& expression, const Value& wanted) {
    const std::vector<TypedExpression>& operands = expression.children;
    const auto solve = [&](size_t index, const auto& other_way) {
      if (metric_.In(operands[index])) {
        Later(operands[index], other_way(PartOf(operands[1 - index])));
      }
    };
    switch (expression.op) {
      case Operator::kNegate:
        Later(operands[0], InfoOf(Operator::kNegate).body(std::array{wanted}));
        break;
      case Operator::kIf:
        Later(operands[1], wanted);
        Later(operands[2], wanted);
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
      if (!metric_.In(expression.children[i])) continue;
      question.index = i;
      question.type = expression.children[i].type;
      for (Value& value : inverse(question)) Later(expression.children[i], std::move(value));
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
      if (!line.per_value.has_value() || !metric_.In(*line.per_value)) continue;
      double times = (wanted - (sum - points[i])) / line.points;
      if (line.up_to.has_value()) times = std::min(times, *line.up_to / std::abs(line.points));
      for (const double count : {std::ceil(times), std::floor(times) + 1}) {
        const double amount = count * line.per;
        Later(*line.per_value,
              line.per_value->type.IsNumber() ? Value::Number(amount) : Value::RoundedSpan(amount));
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
  const Mentions& metric_;
  WorkingAccount& account_;
  const size_t max_found_;
  size_t looks_left_;
  std::set<std::pair<const void*, std::string>> seen_;  // with what it should come to
  std::vector<Step> next_;                              // of the step that is taken, in order
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

Mentions::Mentions(const RuleCone& cone, uint32_t metric) : cone_(cone), metric_(metric) {
  std::vector<size_t> pending = cone.UsersOf(metric).items;
  while (!pending.empty()) {
    const size_t item = pending.back();
    pending.pop_back();
    if (!IsIn(cone.items()[item]) || !items_.insert(item).second) continue;
    const std::vector<size_t>& users = cone.UsersOfItem(item).items;
    pending.insert(pending.end(), users.begin(), users.end());
  }
}

// REQUIRES: it names the metric, or an item that is in.
bool Mentions::IsIn(Item item) const {
  if (item.kind != Item::Kind::kScorecard) return item.kind == Item::Kind::kDefine;
  const std::vector<ScorecardLine>& lines = cone_.rule_set().scorecards[item.index].lines;
  return std::any_of(lines.begin(), lines.end(), [this](const ScorecardLine& line) {
    return line.per_value.has_value() && In(*line.per_value);
  });
}

bool Mentions::In(const TypedExpression& expression) const {
  if (IsMetric(expression, metric_)) return true;
  const std::optional<Item> item = ItemOf(expression);
  if (item.has_value() && items_.contains(cone_.IndexOf(*item))) return true;
  return std::any_of(expression.children.begin(), expression.children.end(),
                     [this](const TypedExpression& child) { return In(child); });
}

std::vector<Value> ValuesThatMatter(const Atom& atom, const Mentions& metric,
                                    WorkingAccount* account) {
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
  return inverse.Found();
}

}  // namespace pql
