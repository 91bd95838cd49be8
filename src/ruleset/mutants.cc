#include "ruleset/mutants.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "language/operators.h"
#include "ruleset/literal_step.h"

namespace pql {
namespace {

TypedExpression BoolConstant(bool value, SourceRange range) {
  TypedExpression constant;
  constant.kind = TypedExpression::Kind::kConstant;
  constant.type = Type::Bool();
  constant.range = range;
  constant.constant = Value::Bool(value);
  return constant;
}

TypedExpression NotOf(TypedExpression operand) {
  TypedExpression node;
  node.kind = TypedExpression::Kind::kOperator;
  node.op = Operator::kNot;
  node.type = Type::Bool();
  node.range = operand.range;
  node.children.push_back(std::move(operand));
  return node;
}

// `>` for `>=`: the comparison moved by one.
std::optional<Operator> Shifted(Operator op) {
  switch (op) {
    case Operator::kLess:
      return Operator::kLessOrEqual;
    case Operator::kLessOrEqual:
      return Operator::kLess;
    case Operator::kGreater:
      return Operator::kGreaterOrEqual;
    case Operator::kGreaterOrEqual:
      return Operator::kGreater;
    default:
      return {};
  }
}

std::optional<Operator> Opposite(Operator op) {
  if (IsComparison(op)) return Negated(op);
  switch (op) {
    case Operator::kIn:
      return Operator::kNotIn;
    case Operator::kNotIn:
      return Operator::kIn;
    case Operator::kIsMissing:
      return Operator::kIsPresent;
    case Operator::kIsPresent:
      return Operator::kIsMissing;
    case Operator::kWithinLast:
      return Operator::kWithinNext;
    case Operator::kWithinNext:
      return Operator::kWithinLast;
    default:
      return {};
  }
}

bool IsTextTest(Operator op) {
  return op == Operator::kContains || op == Operator::kStartsWith || op == Operator::kEndsWith ||
         op == Operator::kMatches;
}

bool HasThresholds(Operator op) {
  return IsComparison(op) || op == Operator::kBetween || op == Operator::kWithinLast ||
         op == Operator::kWithinNext;
}

bool IsArithmetic(Operator op) {
  return op == Operator::kAdd || op == Operator::kSubtract || op == Operator::kMultiply ||
         op == Operator::kDivide || op == Operator::kNegate;
}

// On one line, runs of white space as one space.
std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return line;
}

std::string InBackticks(std::string_view text) { return StrCat("`", text, "`"); }

class Mutator {
 public:
  Mutator(const SourceSet& sources, Item item, CheckedRuleSet* rule_set,
          const std::function<void(const Mutant&)>& visit)
      : sources_(sources), item_(item), rule_set_(rule_set), visit_(visit) {}

  void MutateItem() {
    switch (item_.kind) {
      case Item::Kind::kDefine:
        Mutate(&rule_set_->defines.Own(item_.index).value);
        break;
      case Item::Kind::kScorecard:
        MutateScorecard(&rule_set_->scorecards.Own(item_.index));
        break;
      case Item::Kind::kRule:
        MutateRule(&rule_set_->rules.Own(item_.index));
        break;
    }
  }

 private:
  void MutateRule(Rule* rule) {
    const SourceRange range = rule->when.range;
    With(&rule->when, BoolConstant(true, range), range, Dropped("the `when`"), Text(range), "");
    Mutate(&rule->when);
    MutateOptional("unless", &rule->unless);
    MutateOptional("keep while", &rule->keep_while);
    DropBound("from", &rule->active_from, rule->name_range);
    DropBound("until", &rule->active_until, rule->name_range);
  }

  void MutateOptional(std::string_view clause, std::optional<TypedExpression>* root) {
    if (!root->has_value()) return;
    const SourceRange range = (*root)->range;
    With(root, std::optional<TypedExpression>(), range,
         Dropped(StrCat("the ", InBackticks(clause))), StrCat(clause, " ", Text(range)), "");
    Mutate(&**root);
  }

  void DropBound(std::string_view word, std::optional<Timestamp>* bound, SourceRange range) {
    if (!bound->has_value()) return;
    const std::string clause = StrCat("active ", word, " ", Value::Time(**bound).ToSource());
    With(bound, std::optional<Timestamp>(), range, Dropped(InBackticks(clause)), clause, "");
  }

  void MutateScorecard(Scorecard* scorecard) {
    for (size_t i = 0; i < scorecard->lines.size(); ++i) {
      const SourceRange range = scorecard->lines[i].range;
      auto without = scorecard->lines;
      without.erase(without.begin() + static_cast<ptrdiff_t>(i));
      With(&scorecard->lines, std::move(without), range, Dropped(InBackticks(Text(range))),
           Text(range), "");
      ScorecardLine& line = scorecard->lines[i];
      if (line.condition.has_value()) Mutate(&*line.condition);
      if (line.per_value.has_value()) Mutate(&*line.per_value);
    }
  }

  // Every mutant of the expression and what is below it.
  void Mutate(TypedExpression* node) {
    if (node->kind == TypedExpression::Kind::kOperator) MutateOperator(node);
    for (TypedExpression& child : node->children) Mutate(&child);
  }

  void MutateOperator(TypedExpression* node) {
    const Operator op = node->op;
    if (const auto shifted = Shifted(op)) ReplaceOperator(node, *shifted);
    if (const auto opposite = Opposite(op)) ReplaceOperator(node, *opposite);
    if (IsTextTest(op)) {
      const std::string text = Text(node->range);
      With(node, NotOf(*node), node->range, StrCat(InBackticks(text), " was turned around"), text,
           StrCat("not ", text));
    }
    if (HasThresholds(op)) {
      for (TypedExpression& child : node->children) StepThresholds(*node, &child);
    }
    switch (op) {
      case Operator::kIn:
      case Operator::kNotIn:
        DropChildren(node, /*first=*/1);
        break;
      case Operator::kAnd:
      case Operator::kOr:
        ReplaceOperator(node, op == Operator::kAnd ? Operator::kOr : Operator::kAnd);
        DropChildren(node, /*first=*/0);
        break;
      case Operator::kAtLeast:
        for (const int count : {node->count - 1, node->count + 1}) ReplaceCount(node, count);
        DropChildren(node, /*first=*/0);
        break;
      case Operator::kNot: {
        const SourceRange word = {node->range.file, node->range.begin, node->range.begin + 3};
        const TypedExpression operand = node->children[0];
        With(node, operand, word, Dropped("`not`"), Text(node->range), Text(operand.range));
        break;
      }
      case Operator::kIf: {
        const SourceRange condition = node->children[0].range;
        for (const size_t branch : {1, 2}) {
          const TypedExpression taken = node->children[branch];
          With(node, taken, condition,
               StrCat(InBackticks(Text(condition)), " became always ",
                      branch == 1 ? "true" : "false"),
               Text(condition), branch == 1 ? "true" : "false");
        }
        break;
      }
      default:
        break;
    }
  }

  void ReplaceOperator(TypedExpression* node, Operator op) {
    const std::string_view was = InfoOf(node->op).spelling;
    const std::string_view became = InfoOf(op).spelling;
    const SourceRange range = FindBehind(node->children[0].range.end, node->range, was);
    TypedExpression changed = *node;
    changed.op = op;
    With(node, std::move(changed), range, Became(was, became), Text(node->range),
         Replaced(node->range, range, became));
  }

  void ReplaceCount(TypedExpression* node, int count) {
    if (count < 1 || count > static_cast<int>(node->children.size())) return;
    const std::string was = StrCat("at least ", node->count);
    const std::string became = StrCat("at least ", count);
    const SourceRange words = {node->range.file, node->range.begin, node->children[0].range.begin};
    const SourceRange range = FindBehind(node->range.begin, words, StrCat(node->count));
    TypedExpression changed = *node;
    changed.count = count;
    With(node, std::move(changed), range, Became(was, became), Text(node->range),
         Replaced(node->range, range, StrCat(count)));
  }

  // Each child from `first` on, where there are at least two of those.
  void DropChildren(TypedExpression* node, size_t first) {
    if (node->children.size() < first + 2) return;
    for (size_t i = first; i < node->children.size(); ++i) {
      const SourceRange range = node->children[i].range;
      const std::string text = Text(range);
      TypedExpression changed = *node;
      changed.children.erase(changed.children.begin() + static_cast<ptrdiff_t>(i));
      const bool chain = node->Is(Operator::kAnd) || node->Is(Operator::kOr);
      if (chain && changed.children.size() == 1) {
        TypedExpression only = std::move(changed.children[0]);
        changed = std::move(only);
      }
      With(node, std::move(changed), range, Dropped(InBackticks(text)), text, "");
    }
  }

  // The literals that a comparison compares with, directly or in a sum, difference or product.
  void StepThresholds(const TypedExpression& comparison, TypedExpression* node) {
    if (node->kind == TypedExpression::Kind::kConstant) {
      const std::string text = Text(node->range);
      for (SteppedLiteral& step : StepLiteral(text, node->constant)) {
        With(&node->constant, std::move(step.value), node->range, Became(text, step.text),
             Text(comparison.range), Replaced(comparison.range, node->range, step.text));
      }
    } else if (node->kind == TypedExpression::Kind::kOperator && IsArithmetic(node->op)) {
      for (TypedExpression& child : node->children) StepThresholds(comparison, &child);
    }
  }

  // Visits with `*place` replaced, then restores it.
  template <typename T>
  void With(T* place, T changed, SourceRange range, std::string change, std::string before,
            std::string after) {
    T kept = std::exchange(*place, std::move(changed));
    visit_({.item = item_,
            .range = range,
            .change = std::move(change),
            .before = std::move(before),
            .after = std::move(after)});
    *place = std::move(kept);
  }

  std::string Text(SourceRange range) const { return OneLine(sources_.Text(range)); }
  static std::string Became(std::string_view was, std::string_view became) {
    return StrCat(InBackticks(was), " became ", InBackticks(became));
  }
  static std::string Dropped(std::string_view what) { return StrCat(what, " was dropped"); }

  // The text of `whole` with `part` replaced.
  std::string Replaced(SourceRange whole, SourceRange part, std::string_view text) const {
    const SourceRange head = {whole.file, whole.begin, part.begin};
    const SourceRange tail = {whole.file, part.end, whole.end};
    return OneLine(StrCat(sources_.Text(head), text, sources_.Text(tail)));
  }

  // The first `word` between the offset and the end of the range, outside of comments; the range
  // where it is spelled in another way.
  SourceRange FindBehind(uint32_t offset, SourceRange range, std::string_view word) const {
    const std::string_view text = sources_.file(range.file).text();
    for (uint32_t i = offset; i < range.end; ++i) {
      if (text[i] == '#') {
        while (i < range.end && text[i] != '\n') ++i;
        continue;
      }
      if (text.substr(i).starts_with(word)) {
        return {range.file, i, i + static_cast<uint32_t>(word.size())};
      }
    }
    return range;
  }

  const SourceSet& sources_;
  const Item item_;
  CheckedRuleSet* const rule_set_;
  const std::function<void(const Mutant&)>& visit_;
};

}  // namespace

void ForEachMutant(const SourceSet& sources, Item item, CheckedRuleSet* rule_set,
                   const std::function<void(const Mutant&)>& visit) {
  Mutator(sources, item, rule_set, visit).MutateItem();
}

}  // namespace pql
