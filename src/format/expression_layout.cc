#include "format/expression_layout.h"

#include <cmath>
#include <utility>
#include <vector>

#include "ast/rule_file.h"
#include "base/number_text.h"
#include "format/literal_text.h"
#include "language/operators.h"

namespace pql {
namespace {

using Doc = Layout::Doc;

// Levels (grammar/README.md, "Conditions and calculations") that the grammar asks for in operands.
constexpr int kAnyLevel = 1;
constexpr int kSumLevel = 6;
constexpr int kNegateLevel = 8;
constexpr int kPrimaryLevel = 9;

bool IsNegative(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::kNumber:
    case Literal::Kind::kPercent:
    case Literal::Kind::kSize:
      return literal.number < 0;
    case Literal::Kind::kDuration:
      return literal.micros < 0;
    default:
      return false;
  }
}

int LevelOf(const Expression& e) {
  if (e.kind == Expression::Kind::kOperator) return InfoOf(e.op).level;
  const bool negative = e.kind == Expression::Kind::kLiteral && IsNegative(e.literal);
  return negative ? kNegateLevel : kPrimaryLevel;
}

class ExpressionLayout {
 public:
  explicit ExpressionLayout(Layout* layout) : l_(*layout) {}

  // `nested`: the lines behind the first are indented.
  Doc Operand(const Expression& e, int min_level, bool nested = true) {
    if (!e.parenthesized && LevelOf(e) >= min_level) return Bare(e, nested);
    return BlockLayout(
        {}, 1, [&](size_t) { return Bare(e, /*nested=*/false); }, &l_);
  }

 private:
  Doc Bare(const Expression& e, bool nested) {
    switch (e.kind) {
      case Expression::Kind::kError:
        return l_.Token("?", e.range);
      case Expression::Kind::kLiteral:
        return LiteralDoc(e);
      case Expression::Kind::kName:
        return l_.Token(QuoteName(e.name), e.range);
      case Expression::Kind::kCall: {
        const Doc name = l_.Token(QuoteName(e.name), e.operator_range);
        return l_.Concat({name, Items(e, 0)});
      }
      case Expression::Kind::kOperator:
        return OperatorDoc(e, nested);
    }
    return l_.Concat({});
  }

  Doc LiteralDoc(const Expression& e) {
    if (e.literal.kind != Literal::Kind::kList) return l_.Token(LiteralText(e.literal), e.range);
    BlockStyle style = {.open = "[", .close = "]", .fill = true};
    if (e.range.end > e.range.begin + 1) {
      style.open_range = {e.range.file, e.range.begin, e.range.begin + 1};
      style.close_range = {e.range.file, e.range.end - 1, e.range.end};
    }
    const auto element = [&](size_t i) {
      const Doc doc = l_.Token(LiteralText(e.literal.elements[i]));
      l_.last().any_literal = true;
      return doc;
    };
    return BlockLayout(style, e.literal.elements.size(), element, &l_);
  }

  // The children from `first` on, in parentheses.
  Doc Items(const Expression& e, size_t first, bool fill = false) {
    return BlockLayout(
        {.fill = fill}, e.children.size() - first,
        [&](size_t i) { return Operand(*e.children[first + i], kAnyLevel); }, &l_);
  }

  Doc OperatorDoc(const Expression& e, bool nested) {
    switch (e.op) {
      case Operator::kIf:
        return IfDoc(e, nested);
      case Operator::kOr:
      case Operator::kAnd:
        return ChainDoc(e, nested);
      case Operator::kNot: {
        const Doc word = l_.Words("not");
        return l_.Concat({word, l_.Space(), Operand(*e.children[0], InfoOf(e.op).level)});
      }
      case Operator::kNegate: {
        const Doc sign = l_.Token("-");
        return l_.Concat({sign, Operand(*e.children[0], kNegateLevel)});
      }
      case Operator::kAtLeast: {
        const Doc words = l_.Words("at least");
        const Doc count = l_.Token(FormatGroupedNumber(e.count));
        const Doc of = l_.Token("of");
        const Doc space = l_.Space();
        return l_.Concat({words, space, count, space, of, space, Items(e, 0)});
      }
      case Operator::kIn:
      case Operator::kNotIn: {
        const Doc subject = Operand(*e.children[0], kSumLevel);
        const Doc words = l_.Words(InfoOf(e.op).spelling);
        return l_.Concat({subject, l_.Space(), words, l_.Space(), Items(e, 1, /*fill=*/true)});
      }
      case Operator::kAdd:
      case Operator::kSubtract:
      case Operator::kMultiply:
      case Operator::kDivide:
        return ArithmeticDoc(e);
      default:
        return ComparisonDoc(e);
    }
  }

  // Subject, words, operands; of `between` the second operand follows an `and`.
  Doc ComparisonDoc(const Expression& e) {
    const Doc subject = Operand(*e.children[0], kSumLevel);
    std::vector<Doc> tail = {l_.Line(), l_.Words(InfoOf(e.op).spelling)};
    for (size_t i = 1; i < e.children.size(); ++i) {
      if (i > 1) {
        tail.push_back(l_.Line());
        tail.push_back(l_.Words("and"));
      }
      tail.push_back(l_.Space());
      tail.push_back(Operand(*e.children[i], kSumLevel));
    }
    return Hanging(subject, std::move(tail), /*nested=*/true);
  }

  Doc ChainDoc(const Expression& e, bool nested) {
    const int level = InfoOf(e.op).level + 1;
    const Doc first = Operand(*e.children[0], level);
    std::vector<Doc> tail;
    for (size_t i = 1; i < e.children.size(); ++i) {
      tail.push_back(l_.Line());
      tail.push_back(l_.Words(InfoOf(e.op).spelling));
      tail.push_back(l_.Space());
      tail.push_back(Operand(*e.children[i], level));
    }
    return Hanging(first, std::move(tail), nested);
  }

  // `a + b - c` is ((a + b) - c): its terms stand on one level.
  Doc ArithmeticDoc(const Expression& e) {
    const int level = InfoOf(e.op).level;
    std::vector<const Expression*> spine = {&e};
    while (true) {
      const Expression& left = *spine.back()->children[0];
      if (left.parenthesized || LevelOf(left) != level) break;
      spine.push_back(&left);
    }
    const Doc first = Operand(*spine.back()->children[0], level);
    std::vector<Doc> tail;
    for (size_t i = spine.size(); i-- > 0;) {
      tail.push_back(l_.Line());
      tail.push_back(l_.Words(InfoOf(spine[i]->op).spelling));
      tail.push_back(l_.Space());
      tail.push_back(Operand(*spine[i]->children[1], level + 1));
    }
    return Hanging(first, std::move(tail), /*nested=*/true);
  }

  // `if A then B`, `else if C then D`, `else E`: a line each where they don't fit on one.
  Doc IfDoc(const Expression& e, bool nested) {
    std::vector<Doc> tail;
    const Doc first = BranchDoc(e, /*words=*/"if");
    const Expression* otherwise = e.children[2].get();
    for (; otherwise->Is(Operator::kIf) && !otherwise->parenthesized;
         otherwise = otherwise->children[2].get()) {
      tail.push_back(l_.Line());
      tail.push_back(BranchDoc(*otherwise, /*words=*/"else if"));
    }
    tail.push_back(l_.Line());
    tail.push_back(l_.Words("else"));
    tail.push_back(l_.Space());
    tail.push_back(Operand(*otherwise, kAnyLevel));
    return Hanging(first, std::move(tail), nested);
  }

  Doc BranchDoc(const Expression& e, const char* words) {
    std::vector<Doc> parts = {l_.Words(words), l_.Space(), Operand(*e.children[0], kAnyLevel)};
    std::vector<Doc> then = {l_.Line(), l_.Words("then"), l_.Space(),
                             Operand(*e.children[1], kAnyLevel)};
    parts.push_back(l_.Indent(kFormatIndent, l_.Concat(std::move(then))));
    return l_.Group(l_.Concat(std::move(parts)));
  }

  Doc Hanging(Doc first, std::vector<Doc> tail, bool nested) {
    const Doc rest = l_.Concat(std::move(tail));
    return l_.Group(l_.Concat({first, nested ? l_.Indent(kFormatIndent, rest) : rest}));
  }

  Layout& l_;
};

}  // namespace

Layout::Doc ClauseLayout(const Expression& expression, Layout* layout) {
  return ExpressionLayout(layout).Operand(expression, kAnyLevel, /*nested=*/false);
}

Layout::Doc TermLayout(const Expression& expression, Layout* layout) {
  return ExpressionLayout(layout).Operand(expression, kAnyLevel);
}

bool BreaksInside(const Expression& expression) {
  return expression.parenthesized || expression.kind == Expression::Kind::kCall ||
         expression.Is(Operator::kAtLeast);
}

Layout::Doc BlockLayout(const BlockStyle& style, size_t count,
                        const std::function<Layout::Doc(size_t)>& item, Layout* layout) {
  Layout& l = *layout;
  const Doc open = l.Token(style.open, style.open_range);
  std::vector<Doc> items;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0 && !style.fill) items.push_back(l.Line());
    Doc doc = item(i);
    if (i + 1 < count) doc = l.Concat({doc, l.Glued(",")});
    items.push_back(doc);
  }
  const Doc list = style.fill ? l.Fill(std::move(items)) : l.Concat(std::move(items));
  const Doc content = l.Concat({l.SoftLine(), list, l.Hole()});
  const Doc close = l.Closing(style.close, style.close_range);
  return l.Group(l.Concat({open, l.Indent(kFormatIndent, content), l.SoftLine(), close}));
}

}  // namespace pql
