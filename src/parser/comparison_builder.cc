// The part of ExpressionBuilder for level 5: comparisons, and the habits that show in them.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"
#include "parser/expression_builder.h"

namespace pql {
namespace {

std::vector<ExpressionPtr> Operands(ExpressionPtr first, ExpressionPtr second) {
  std::vector<ExpressionPtr> operands;
  operands.push_back(std::move(first));
  operands.push_back(std::move(second));
  return operands;
}

// The primary that the node consists of, or null.
Grammar::PrimaryContext* AsPrimary(antlr4::ParserRuleContext* node) {
  while (node->getRuleIndex() != Grammar::RulePrimary) {
    if (node->children.size() != 1) return nullptr;
    node = static_cast<antlr4::ParserRuleContext*>(node->children[0]);
  }
  return static_cast<Grammar::PrimaryContext*>(node);
}

bool IsOrder(int type) {
  return type == Grammar::LT || type == Grammar::LE || type == Grammar::GT || type == Grammar::GE;
}

Operator SignOf(int type) {
  switch (type) {
    case Grammar::NE:
      return Operator::kNotEqual;
    case Grammar::LT:
      return Operator::kLess;
    case Grammar::LE:
      return Operator::kLessOrEqual;
    case Grammar::GT:
      return Operator::kGreater;
    case Grammar::GE:
      return Operator::kGreaterOrEqual;
    default:
      return Operator::kEqual;
  }
}

// Whether a comparison that becomes several joined by `and` needs parentheses: behind `not`, for
// `and` binds tighter than `or`; and in parentheses that a repair has put in and nobody has written
// yet, for behind `not` they would end at that `and`.
bool NeedsParentheses(const Grammar::ComparisonContext* context) {
  auto* negation = dynamic_cast<Grammar::NegationContext*>(context->parent);
  if (negation != nullptr && negation->children.size() > 1) return true;
  for (antlr4::tree::ParseTree* node = context->parent; node != nullptr; node = node->parent) {
    auto* bracketed = dynamic_cast<Grammar::PrimaryContext*>(node);
    if (bracketed != nullptr) return IsPutIn(TokenOf(bracketed->start));
  }
  return false;
}

}  // namespace

ExpressionPtr ExpressionBuilder::BuildComparison(Grammar::ComparisonContext* context, int depth) {
  const auto tails = context->tail();
  if (tails.size() > 1) return BuildChain(context, depth);
  return BuildTail(context->sum(), BuildNode(context->sum(), depth + 1), tails[0], depth);
}

std::string ExpressionBuilder::TailSource(Grammar::TailContext* tail) const {
  std::string source = Source(tail);
  auto* sign = dynamic_cast<Grammar::SignTailContext*>(tail->comparisonTail());
  const bool assignment =
      sign != nullptr && tail->NOT() == nullptr && TokenOf(sign->sign).type == Grammar::ASSIGN;
  return assignment ? StrCat("=", source) : source;
}

// `s contains "a" contains "b"` is taken for `s contains "a" and s contains "b"`.
ExpressionPtr ExpressionBuilder::BuildWordChain(Grammar::ComparisonContext* context, int depth) {
  const auto tails = context->tail();
  const SourceRange range = RangeOf(context);
  std::string right;
  for (auto* tail : tails) {
    if (right.size() > kMaxRightForm) break;
    StrAppend(&right, right.empty() ? "" : " and ", Source(context->sum()), " ", TailSource(tail));
  }
  if (NeedsParentheses(context)) right = StrCat("(", right, ")");
  std::vector<ExpressionPtr> parts;
  ExpressionPtr subject = BuildNode(context->sum(), depth + 2);
  for (auto* tail : tails) {
    ExpressionPtr own =
        tail == tails.back() ? std::exchange(subject, nullptr) : copies_->Copy(*subject);
    if (own == nullptr) break;
    parts.push_back(BuildTail(context->sum(), std::move(own), tail, depth + 1, true));
  }
  ReportHabit(DiagnosticKind::kChainedComparison, RangeOf(tails[1]), {Source(range)}, range,
              std::move(right));
  if (parts.size() < tails.size()) return Expression::Error(range);
  return Operation(Operator::kAnd, RangeOf(tails[1]), std::move(parts), range);
}

// `1 < x < 5` is taken for `1 < x and x < 5`; other chains for a comparison of the first one.
ExpressionPtr ExpressionBuilder::BuildChain(Grammar::ComparisonContext* context, int depth) {
  const auto tails = context->tail();
  std::vector<Grammar::SignTailContext*> signs;
  size_t orders = 0;
  for (auto* tail : tails) {
    auto* sign = dynamic_cast<Grammar::SignTailContext*>(tail->comparisonTail());
    if (sign == nullptr || tail->NOT() != nullptr) continue;
    signs.push_back(sign);
    if (IsOrder(TokenOf(sign->sign).type)) ++orders;
  }
  const bool one_kind = orders == 0 || orders == tails.size();
  const SourceRange range = RangeOf(context);
  const bool words = std::none_of(tails.begin(), tails.end(), [](Grammar::TailContext* tail) {
    Node* const any = tail->comparisonTail();
    return dynamic_cast<Grammar::SignTailContext*>(any) != nullptr ||
           dynamic_cast<Grammar::IsTailContext*>(any) != nullptr;
  });
  if (words) return BuildWordChain(context, depth);
  if (signs.size() < tails.size() || !one_kind) {
    std::string right = StrCat("(", Source(context->sum()), " ", TailSource(tails[0]), ")");
    for (size_t i = 1; i < tails.size(); ++i) StrAppend(&right, " ", TailSource(tails[i]));
    Diagnostic& finding = ReportHabit(DiagnosticKind::kChainedComparison, RangeOf(tails[1]),
                                      {Source(range)}, range, std::move(right));
    if (tails.size() > 2) {
      finding.fix.reset();
      return Expression::Error(range);
    }
    ExpressionPtr first =
        BuildTail(context->sum(), BuildNode(context->sum(), depth + 2), tails[0], depth + 1, true);
    first->parenthesized = true;
    return BuildTail(context->sum(), std::move(first), tails[1], depth, true);
  }
  std::string right = StrCat(Source(context->sum()), " ", TailSource(tails[0]));
  for (size_t i = 1; i < signs.size(); ++i) {
    StrAppend(&right, " and ", Source(signs[i - 1]->sum()), " ", TailSource(tails[i]));
  }
  if (NeedsParentheses(context)) right = StrCat("(", right, ")");
  ReportHabit(DiagnosticKind::kChainedComparison, RangeOf(tails[1]), {Source(range)}, range,
              std::move(right));
  std::vector<ExpressionPtr> comparisons;
  Node* left_node = context->sum();
  ExpressionPtr left = BuildNode(left_node, depth + 2);
  for (auto* sign : signs) {
    ExpressionPtr comparison =
        BuildSign(std::exchange(left, nullptr), sign, depth + 1, /*reported=*/true);
    comparison->range = RangeOf(left_node).To(RangeOf(sign));
    left_node = sign->sum();
    if (sign != signs.back()) {
      left = copies_->Copy(*comparison->children[1]);
      if (left == nullptr) return Expression::Error(range);
    }
    comparisons.push_back(std::move(comparison));
  }
  return Operation(Operator::kAnd, RangeOf(tails[1]), std::move(comparisons), range);
}

ExpressionPtr ExpressionBuilder::BuildTail(Node* subject_node, ExpressionPtr subject,
                                           Grammar::TailContext* tail, int depth, bool reported) {
  const SourceRange range = RangeOf(subject_node).To(RangeOf(tail));
  const SourceRange sign = tokens_->Range(TokenOf(tail->comparisonTail()->start));
  Node* const any = tail->comparisonTail();
  ExpressionPtr result;
  const auto binary = [&](Operator op, Grammar::SumContext* right) {
    result = Operation(op, sign, Operands(std::move(subject), BuildNode(right, depth + 1)), range);
  };
  if (auto* signed_tail = dynamic_cast<Grammar::SignTailContext*>(any)) {
    result = BuildSign(std::move(subject), signed_tail, depth, reported);
  } else if (auto* contains = dynamic_cast<Grammar::ContainsTailContext*>(any)) {
    result = BuildContains(subject_node, std::move(subject), contains, depth);
  } else if (auto* in = dynamic_cast<Grammar::InTailContext*>(any)) {
    result = BuildIn(subject_node, std::move(subject), tail, in, depth);
    result->range = range;
    return result;
  } else if (auto* starts = dynamic_cast<Grammar::StartsTailContext*>(any)) {
    binary(Operator::kStartsWith, starts->sum());
  } else if (auto* ends = dynamic_cast<Grammar::EndsTailContext*>(any)) {
    binary(Operator::kEndsWith, ends->sum());
  } else if (auto* matches = dynamic_cast<Grammar::MatchesTailContext*>(any)) {
    binary(Operator::kMatches, matches->sum());
  } else if (auto* between = dynamic_cast<Grammar::BetweenTailContext*>(any)) {
    std::vector<ExpressionPtr> operands;
    operands.push_back(std::move(subject));
    operands.push_back(BuildNode(between->low, depth + 1));
    operands.push_back(BuildNode(between->high, depth + 1));
    result = Operation(Operator::kBetween, sign, std::move(operands), range);
  } else if (auto* within = dynamic_cast<Grammar::WithinTailContext*>(any)) {
    result = BuildWithin(std::move(subject), within, depth);
  } else if (auto* is = dynamic_cast<Grammar::IsTailContext*>(any)) {
    std::vector<ExpressionPtr> operand;
    operand.push_back(std::move(subject));
    result = Operation(is->MISSING() != nullptr ? Operator::kIsMissing : Operator::kIsPresent, sign,
                       std::move(operand), range);
  }
  result->range = range;
  if (tail->NOT() == nullptr) return result;

  // `x not contains y`: the `not` belongs in front of the whole comparison.
  const SourceRange word = tokens_->Range(TokenChild(tail, 0));
  ReportHabit(DiagnosticKind::kNotBeforeOperator, word, {}, range,
              StrCat("not ", Source(subject_node), " ", Source(any)));
  std::vector<ExpressionPtr> operand;
  operand.push_back(std::move(result));
  return Operation(Operator::kNot, word, std::move(operand), range);
}

ExpressionPtr ExpressionBuilder::BuildSignForIs(ExpressionPtr* subject,
                                                Grammar::SignTailContext* tail) {
  auto* name = dynamic_cast<Grammar::NamePrimaryContext*>(AsPrimary(tail->sum()));
  if (name == nullptr || name->LPAREN() != nullptr) return nullptr;
  const Token& word = TokenOf(name->start);
  const bool state = word.type == Grammar::MISSING || word.type == Grammar::PRESENT;
  const std::string lower = ToLower(tokens_->Source(word));
  if (!state && lower != "null" && lower != "nil") return nullptr;
  const std::string_view right = word.type == Grammar::PRESENT ? "is present" : "is missing";
  const SourceRange range = tokens_->Range(TokenOf(tail->sign)).To(RangeOf(name));
  sink_
      ->Add(state ? DiagnosticKind::kIsNotMissing : DiagnosticKind::kIsNull, range,
            {Source(range), right})
      .fix = Fix{StrCat("write `", right, "`"), {{range, std::string(right)}}};
  std::vector<ExpressionPtr> operand;
  operand.push_back(std::move(*subject));
  const SourceRange all = operand[0]->range.To(RangeOf(tail));
  return Operation(word.type == Grammar::PRESENT ? Operator::kIsPresent : Operator::kIsMissing,
                   tokens_->Range(TokenOf(tail->sign)), std::move(operand), all);
}

ExpressionPtr ExpressionBuilder::BuildSign(ExpressionPtr subject, Grammar::SignTailContext* tail,
                                           int depth, bool reported) {
  const Token& sign = TokenOf(tail->sign);
  const SourceRange sign_range = tokens_->Range(sign);
  if (sign.type == Grammar::ASSIGN && !reported) {
    if (ExpressionPtr is = BuildSignForIs(&subject, tail)) return is;
    sink_->Add(DiagnosticKind::kAssignmentInCondition, sign_range).fix =
        Fix{"write `==`", {{sign_range, "=="}}};
  }
  const SourceRange range = subject->range.To(RangeOf(tail));
  return Operation(SignOf(sign.type), sign_range,
                   Operands(std::move(subject), BuildNode(tail->sum(), depth + 1)), range);
}

ExpressionPtr ExpressionBuilder::BuildWithin(ExpressionPtr subject,
                                             Grammar::WithinTailContext* tail, int depth) {
  const SourceRange words =
      tokens_->Range(TokenChild(tail, 0)).To(tokens_->Range(TokenChild(tail, 1)));
  const SourceRange range = subject->range.To(RangeOf(tail));
  return Operation(tail->LAST() != nullptr ? Operator::kWithinLast : Operator::kWithinNext, words,
                   Operands(std::move(subject), BuildNode(tail->sum(), depth + 1)), range);
}

// `list contains any of (a, b)` is taken for `(list contains a or list contains b)`.
ExpressionPtr ExpressionBuilder::BuildContains(Node* subject_node, ExpressionPtr subject,
                                               Grammar::ContainsTailContext* tail, int depth) {
  const SourceRange range = RangeOf(subject_node).To(RangeOf(tail));
  const SourceRange word = tokens_->Range(TokenChild(tail, 0));
  if (tail->ANY_OF() == nullptr && tail->ALL_OF() == nullptr) {
    return Operation(Operator::kContains, word,
                     Operands(std::move(subject), BuildNode(tail->sum(), depth + 1)), range);
  }
  const bool any = tail->ANY_OF() != nullptr;
  std::vector<Grammar::ExpressionContext*> members;
  Grammar::PrimaryContext* primary = AsPrimary(tail->sum());
  if (auto* group = dynamic_cast<Grammar::ParenthesesContext*>(primary)) {
    members = group->expression();
  } else if (auto* list = dynamic_cast<Grammar::ListPrimaryContext*>(primary)) {
    members = list->expression();
  }
  std::string right;
  for (auto* member : members) {
    if (right.size() > kMaxRightForm) break;
    StrAppend(&right,
              right.empty() ? ""
              : any         ? " or "
                            : " and ",
              Source(subject_node), " contains ", OperandSource(member, Grammar::RuleSum));
  }
  std::vector<ExpressionPtr> parts;
  for (auto* member : members) {
    ExpressionPtr own =
        member == members.back() ? std::exchange(subject, nullptr) : copies_->Copy(*subject);
    if (own == nullptr) break;
    parts.push_back(Operation(Operator::kContains, word,
                              Operands(std::move(own), BuildNode(member, depth + 2)), range));
  }
  if (members.empty()) {
    right = any ? "(list contains a or list contains b)" : "(list contains a and list contains b)";
  } else if (members.size() > 1) {
    right = StrCat("(", right, ")");
  }
  Diagnostic& finding =
      ReportHabit(DiagnosticKind::kContainsAnyOf, word.To(tokens_->Range(TokenChild(tail, 1))),
                  {any ? "any of" : "all of"}, range, std::move(right));
  if (members.empty()) finding.fix.reset();
  if (parts.empty() || parts.size() < members.size()) return Expression::Error(range);
  if (parts.size() == 1) return std::move(parts[0]);
  ExpressionPtr result =
      Operation(any ? Operator::kOr : Operator::kAnd, word, std::move(parts), range);
  result->parenthesized = true;
  return result;
}

// `x in (a, b)`; also, reported, `x in [a, b]` and `x in some_list`.
ExpressionPtr ExpressionBuilder::BuildIn(Node* subject_node, ExpressionPtr subject,
                                         Grammar::TailContext* tail, Grammar::InTailContext* in,
                                         int depth) {
  const SourceRange range = RangeOf(subject_node).To(RangeOf(tail));
  const bool negated = tail->NOT() != nullptr;
  const SourceRange words =
      tokens_->Range(TokenOf(tail->start)).To(tokens_->Range(TokenChild(in, 0)));
  Grammar::PrimaryContext* primary = AsPrimary(in->sum());
  std::vector<Grammar::ExpressionContext*> members;
  if (auto* group = dynamic_cast<Grammar::ParenthesesContext*>(primary)) {
    members = group->expression();
  } else if (auto* list = dynamic_cast<Grammar::ListPrimaryContext*>(primary)) {
    members = list->expression();
    const SourceRange all = RangeOf(list);
    const std::string inner = Source(all).substr(1, all.end - all.begin - 2);
    Diagnostic& finding =
        ReportHabit(DiagnosticKind::kInBrackets, all, {}, all, StrCat("(", inner, ")"));
    if (members.empty()) {
      finding.fix.reset();
      return Expression::Error(range);
    }
  } else if (dynamic_cast<Grammar::LiteralPrimaryContext*>(primary) != nullptr) {
    const SourceRange all = RangeOf(in->sum());
    ReportHabit(DiagnosticKind::kInBrackets, all, {}, all, StrCat("(", Source(all), ")"));
    std::vector<ExpressionPtr> operands =
        Operands(std::move(subject), BuildNode(in->sum(), depth + 1));
    return Operation(negated ? Operator::kNotIn : Operator::kIn, words, std::move(operands), range);
  } else {
    ReportHabit(DiagnosticKind::kInNamedList, words, {}, range,
                StrCat(negated ? "not " : "", OperandSource(in->sum(), Grammar::RuleSum),
                       " contains ", Source(subject_node)));
    ExpressionPtr result =
        Operation(Operator::kContains, words,
                  Operands(BuildNode(in->sum(), depth + 1), std::move(subject)), range);
    if (!negated) return result;
    std::vector<ExpressionPtr> operand;
    operand.push_back(std::move(result));
    return Operation(Operator::kNot, words, std::move(operand), range);
  }
  std::vector<ExpressionPtr> operands;
  operands.reserve(members.size() + 1);
  operands.push_back(std::move(subject));
  for (auto* member : members) operands.push_back(BuildNode(member, depth + 1));
  return Operation(negated ? Operator::kNotIn : Operator::kIn, words, std::move(operands), range);
}

}  // namespace pql
