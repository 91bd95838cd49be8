#include "lint/logic.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

constexpr size_t kMaxText = 70;  // bytes of a quoted condition

// In chains of more parts, what is redundant within a part is not looked for.
constexpr size_t kMaxSearched = 64;

bool IsAndOr(const TypedExpression& node) {
  return node.Is(Operator::kAnd) || node.Is(Operator::kOr);
}

void Walk(const TypedExpression& node, bool is_condition,
          const std::function<bool(const TypedExpression&)>& visit) {
  if (is_condition && !visit(node)) return;
  const bool is_if = node.Is(Operator::kIf);
  const bool is_logic = IsAndOr(node) || node.Is(Operator::kNot) || node.Is(Operator::kAtLeast);
  for (size_t i = 0; i < node.children.size(); ++i) {
    const TypedExpression& child = node.children[i];
    const bool chosen = is_if && i > 0 && child.type.IsBool() && !IsLiteral(child);
    Walk(child, is_logic || (is_if && i == 0) || (chosen && is_condition), visit);
  }
}

DiagramId Of(ConditionSpace* space, const TypedExpression& part) {
  return space->OfExpression(0, part).diagram;
}

DiagramId Join(ConditionSpace* space, const TypedExpression& connective, DiagramId a, DiagramId b) {
  return connective.Is(Operator::kAnd) ? space->diagrams().And(a, b) : space->diagrams().Or(a, b);
}

// Finds redundant operands, of the innermost connectives last.
class RedundancySearch {
 public:
  RedundancySearch(ConditionSpace* space, DiagramId whole) : space_(*space), whole_(whole) {}

  // What the whole condition comes to when the node comes to the diagram.
  using Rebuild = std::function<DiagramId(DiagramId)>;

  // Returns what the node comes to without the parts that were found.
  DiagramId Visit(const TypedExpression& node, const Rebuild& rebuild) {
    const DiagramId own = Of(&space_, node);
    if (node.Is(Operator::kNot)) {
      return space_.diagrams().Not(
          Visit(node.children[0], [&](DiagramId d) { return rebuild(space_.diagrams().Not(d)); }));
    }
    // Of what says nothing at all everything could go: that is another finding.
    if (!IsAndOr(node) || space_.NeverTrue(own) || space_.NeverFalse(own)) return own;
    return VisitOperands(node, KeptOperands(node, rebuild), rebuild);
  }

  std::vector<RedundantPart> Take() { return std::move(parts_); }

 private:
  DiagramId Neutral(const TypedExpression& node) const {
    return node.Is(Operator::kAnd) ? kTrue : kFalse;
  }

  // From the last operand to the first, so that of two equal ones the later goes.
  std::vector<size_t> KeptOperands(const TypedExpression& node, const Rebuild& rebuild) {
    std::vector<DiagramId> before = {Neutral(node)};
    for (const TypedExpression& operand : node.children) {
      before.push_back(Join(&space_, node, before.back(), Of(&space_, operand)));
    }
    DiagramId after = Neutral(node);
    std::vector<size_t> kept;
    std::vector<size_t> redundant;
    for (size_t i = node.children.size(); i-- > 0;) {
      const DiagramId own = Of(&space_, node.children[i]);
      const DiagramId others = Join(&space_, node, before[i], after);
      const bool says_nothing = space_.NeverTrue(own) || space_.NeverFalse(own);
      if (!says_nothing && i + kept.size() > 0 && rebuild(others) == whole_) {
        redundant.push_back(i);
        continue;
      }
      after = Join(&space_, node, own, after);
      kept.push_back(i);
    }
    std::reverse(kept.begin(), kept.end());
    for (const size_t i : redundant) parts_.push_back({&node, i, ReasonFor(node, i, kept)});
    return kept;
  }

  const TypedExpression* ReasonFor(const TypedExpression& node, size_t operand,
                                   const std::vector<size_t>& kept) {
    const DiagramId own = Of(&space_, node.children[operand]);
    for (const size_t i : kept) {
      const DiagramId other = Of(&space_, node.children[i]);
      if (Join(&space_, node, own, other) == other) return &node.children[i];
    }
    return nullptr;
  }

  DiagramId VisitOperands(const TypedExpression& node, const std::vector<size_t>& kept,
                          const Rebuild& rebuild) {
    std::vector<DiagramId> values;
    for (const size_t i : kept) values.push_back(Of(&space_, node.children[i]));
    const auto all_but = [&](size_t left_out) {
      DiagramId others = Neutral(node);
      for (size_t j = 0; j < values.size(); ++j) {
        if (j != left_out) others = Join(&space_, node, others, values[j]);
      }
      return others;
    };
    for (size_t i = 0; i < kept.size() && kept.size() <= kMaxSearched; ++i) {
      const TypedExpression& operand = node.children[kept[i]];
      if (!IsAndOr(operand) && !operand.Is(Operator::kNot)) continue;
      // The others without what was found in them: of two that make each other redundant, one
      // stays.
      const DiagramId others = all_but(i);
      values[i] =
          Visit(operand, [&](DiagramId d) { return rebuild(Join(&space_, node, others, d)); });
    }
    return all_but(values.size());
  }

  ConditionSpace& space_;
  const DiagramId whole_;
  std::vector<RedundantPart> parts_;
};

// Reads source text around the operands of a connective.
class OperandText {
 public:
  OperandText(std::string_view text, const TypedExpression& parent)
      : text_(text), parent_(parent) {}

  // Where the `and` or `or` before operand i (from 1 on) stands; nothing if there is a comment.
  struct Gap {
    size_t closing = 0;  // parentheses that end operand i - 1
    size_t word_begin = 0;
    size_t word_end = 0;
    size_t opening = 0;  // parentheses that begin operand i
  };
  std::optional<Gap> Before(size_t i) const {
    Gap gap;
    bool has_word = false;
    size_t at = parent_.children[i - 1].range.end;
    const size_t end = parent_.children[i].range.begin;
    while (at < end) {
      const char c = text_[at];
      if (c == '#') return std::nullopt;
      if (std::isalpha(static_cast<unsigned char>(c))) {
        if (has_word) return std::nullopt;
        has_word = true;
        gap.word_begin = at;
        while (at < end && std::isalpha(static_cast<unsigned char>(text_[at]))) ++at;
        gap.word_end = at;
        continue;
      }
      gap.closing += c == ')' && !has_word;
      gap.opening += c == '(' && has_word;
      ++at;
    }
    if (!has_word) return std::nullopt;
    return gap;
  }

  // Past as many closing parentheses; nothing if something else comes first.
  std::optional<size_t> PastClosing(size_t at, size_t count) const {
    for (; count > 0; ++at) {
      if (at >= text_.size()) return std::nullopt;
      if (text_[at] == ')') {
        --count;
      } else if (!IsSpace(text_[at])) {
        return std::nullopt;
      }
    }
    return at;
  }
  std::optional<size_t> BeforeOpening(size_t at, size_t count) const {
    for (; count > 0; --at) {
      if (at == 0) return std::nullopt;
      if (text_[at - 1] == '(') {
        --count;
      } else if (!IsSpace(text_[at - 1])) {
        return std::nullopt;
      }
    }
    return at;
  }
  size_t SkipSpaceBack(size_t at) const {
    while (at > 0 && IsSpace(text_[at - 1])) --at;
    return at;
  }
  size_t SkipSpace(size_t at) const {
    while (at < text_.size() && IsSpace(text_[at])) ++at;
    return at;
  }

 private:
  static bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  std::string_view text_;
  const TypedExpression& parent_;
};

}  // namespace

std::vector<RootCondition> RootConditions(const CheckedRuleSet& checked) {
  using Part = RootCondition::Part;
  std::vector<RootCondition> roots;
  for (uint32_t i = 0; i < checked.defines.size(); ++i) {
    const TypedExpression& value = checked.defines[i].value;
    roots.push_back({Part::kDefine, i, &value});
  }
  for (uint32_t i = 0; i < checked.scorecards.size(); ++i) {
    for (const ScorecardLine& line : checked.scorecards[i].lines) {
      roots.push_back(
          {Part::kScorecardLine, i, line.condition ? &*line.condition : &*line.per_value});
    }
  }
  for (uint32_t i = 0; i < checked.rules.size(); ++i) {
    const Rule& rule = checked.rules[i];
    if (rule.mode == RuleMode::kDraft) continue;
    roots.push_back({Part::kWhen, i, &rule.when});
    if (rule.unless) roots.push_back({Part::kUnless, i, &*rule.unless});
    if (rule.keep_while) roots.push_back({Part::kKeepWhile, i, &*rule.keep_while});
    if (rule.score) roots.push_back({Part::kScore, i, &*rule.score});
  }
  return roots;
}

bool IsName(const TypedExpression& expression) {
  return expression.kind == TypedExpression::Kind::kDefine ||
         expression.kind == TypedExpression::Kind::kRule;
}

bool IsLiteral(const TypedExpression& expression) {
  return expression.kind == TypedExpression::Kind::kConstant;
}

void WalkConditions(const RootCondition& root,
                    const std::function<bool(const TypedExpression& part)>& visit) {
  const TypedExpression& expression = *root.expression;
  const bool is_switch = root.part == RootCondition::Part::kDefine && IsLiteral(expression);
  Walk(expression, expression.type.IsBool() && !is_switch, visit);
}

std::vector<const TypedExpression*> CoreOf(const TypedExpression& connective,
                                           ConditionSpace* space) {
  const bool is_and = connective.Is(Operator::kAnd);
  const auto is_constant = [&](DiagramId d) {
    return is_and ? space->NeverTrue(d) : space->NeverFalse(d);
  };
  // Kept: operands before the one looked at, all of them; behind it, those that are needed.
  std::vector<DiagramId> before = {is_and ? kTrue : kFalse};
  for (const TypedExpression& part : connective.children) {
    before.push_back(Join(space, connective, before.back(), Of(space, part)));
  }
  if (before.back() == kTooLarge) {
    for (const TypedExpression& a : connective.children) {
      for (const TypedExpression& b : connective.children) {
        if (&a == &b) break;
        if (is_constant(Join(space, connective, Of(space, a), Of(space, b)))) return {&b, &a};
      }
    }
  }
  DiagramId after = before.front();
  std::vector<const TypedExpression*> core;
  for (size_t i = connective.children.size(); i-- > 0;) {
    if (is_constant(Join(space, connective, before[i], after))) continue;
    after = Join(space, connective, Of(space, connective.children[i]), after);
    core.push_back(&connective.children[i]);
  }
  std::reverse(core.begin(), core.end());
  return core;
}

std::vector<RedundantPart> FindRedundantParts(const RootCondition& root, ConditionSpace* space) {
  std::vector<RedundantPart> parts;
  if (!root.expression->type.IsBool()) return parts;
  RedundancySearch search(space, Of(space, *root.expression));
  search.Visit(*root.expression, [](DiagramId d) { return d; });
  return search.Take();
}

std::string TextOf(const RuleSet& rule_set, const TypedExpression& expression) {
  std::string text;
  for (const char c : rule_set.sources.Text(expression.range)) {
    const bool is_space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!is_space) {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  return Abbreviated(text, kMaxText);
}

std::optional<Fix> RemovalOf(const RuleSet& rule_set, const TypedExpression& parent,
                             size_t operand) {
  const TypedExpression& part = parent.children[operand];
  const OperandText text(rule_set.sources.file(part.range.file).text(), parent);
  const bool is_first = operand == 0;
  const auto gap = text.Before(is_first ? 1 : operand);
  if (!gap.has_value()) return std::nullopt;
  SourceRange range = part.range;
  if (is_first) {
    const auto begin = text.BeforeOpening(range.begin, gap->closing);
    if (!begin.has_value()) return std::nullopt;
    range.begin = static_cast<uint32_t>(*begin);
    range.end = static_cast<uint32_t>(text.SkipSpace(gap->word_end));
  } else {
    const auto end = text.PastClosing(range.end, gap->opening);
    if (!end.has_value()) return std::nullopt;
    range.begin = static_cast<uint32_t>(text.SkipSpaceBack(gap->word_begin));
    range.end = static_cast<uint32_t>(*end);
  }
  if (rule_set.sources.Text(range).find('#') != std::string_view::npos) return std::nullopt;
  return Fix{.title = StrCat("remove `", TextOf(rule_set, part), "`"), .edits = {{range, ""}}};
}

}  // namespace pql
