// Lisp-like dumps for golden tests.

#include <array>
#include <string>
#include <string_view>

#include "ast/expression.h"
#include "ast/rule_file.h"
#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace pql {
namespace {

std::string_view OperatorWord(Operator op) {
  switch (op) {
    case Operator::kIf:
      return "if";
    case Operator::kOr:
      return "or";
    case Operator::kAnd:
      return "and";
    case Operator::kNot:
      return "not";
    case Operator::kAtLeast:
      return "at-least";
    case Operator::kIn:
      return "in";
    case Operator::kNotIn:
      return "not-in";
    case Operator::kBetween:
      return "between";
    case Operator::kWithinLast:
      return "within-last";
    case Operator::kWithinNext:
      return "within-next";
    case Operator::kIsMissing:
      return "is-missing";
    case Operator::kIsPresent:
      return "is-present";
    case Operator::kEqual:
      return "==";
    case Operator::kNotEqual:
      return "!=";
    case Operator::kLess:
      return "<";
    case Operator::kLessOrEqual:
      return "<=";
    case Operator::kGreater:
      return ">";
    case Operator::kGreaterOrEqual:
      return ">=";
    case Operator::kContains:
      return "contains";
    case Operator::kStartsWith:
      return "starts-with";
    case Operator::kEndsWith:
      return "ends-with";
    case Operator::kMatches:
      return "matches";
    case Operator::kAdd:
      return "+";
    case Operator::kSubtract:
      return "-";
    case Operator::kMultiply:
      return "*";
    case Operator::kDivide:
      return "/";
    case Operator::kNegate:
      return "negate";
  }
  return "?";
}

void AppendLiteral(const Literal& literal, std::string* out) {
  switch (literal.kind) {
    case Literal::Kind::kNumber:
      out->append(FormatNumber(literal.number));
      break;
    case Literal::Kind::kPercent:
      StrAppend(out, "(percent ", FormatNumber(literal.number), ")");
      break;
    case Literal::Kind::kSize:
      StrAppend(out, "(bytes ", FormatNumber(literal.number), ")");
      break;
    case Literal::Kind::kBool:
      out->append(literal.boolean ? "true" : "false");
      break;
    case Literal::Kind::kString:
      out->append(QuoteString(literal.text));
      break;
    case Literal::Kind::kDuration:
      out->append(FormatDuration(literal.micros));
      break;
    case Literal::Kind::kTimestamp:
      out->append(FormatTimestampLiteral(literal.micros));
      break;
    case Literal::Kind::kList:
      out->append("(list");
      for (const Literal& element : literal.elements) {
        out->push_back(' ');
        AppendLiteral(element, out);
      }
      out->push_back(')');
      break;
  }
}

void Append(const Expression& expression, std::string* out) {
  switch (expression.kind) {
    case Expression::Kind::kError:
      out->append("<error>");
      return;
    case Expression::Kind::kLiteral:
      AppendLiteral(expression.literal, out);
      return;
    case Expression::Kind::kName:
      out->append(QuoteName(expression.name));
      return;
    case Expression::Kind::kCall:
      StrAppend(out, "(call ", QuoteName(expression.name));
      break;
    case Expression::Kind::kOperator:
      StrAppend(out, "(", OperatorWord(expression.op));
      if (expression.op == Operator::kAtLeast) StrAppend(out, " ", expression.count);
      break;
  }
  for (const ExpressionPtr& child : expression.children) {
    out->push_back(' ');
    Append(*child, out);
  }
  out->push_back(')');
}

// One clause a line below its declaration.
class Dumper {
 public:
  void Dump(const MetricSyntax& metric) {
    StrAppend(&out_, "metric ", QuoteName(metric.name.text), ": ", metric.type.name);
    if (!metric.type.element.empty()) StrAppend(&out_, "(", metric.type.element, ")");
    for (const TextSyntax& option : metric.type.options) {
      StrAppend(&out_, " ", QuoteString(option.text));
    }
    out_.push_back('\n');
    Clause("unit", metric.unit);
    Clause("default", metric.default_value);
    Clause("kind", metric.kind);
    Clause("doc", metric.doc);
  }
  void Dump(const DefineSyntax& define) {
    StrAppend(&out_, define.is_output ? "output " : "define ", QuoteName(define.name.text), " = ",
              DumpExpression(*define.value), "\n");
  }
  void Dump(const ScorecardSyntax& scorecard) {
    StrAppend(&out_, "scorecard ", QuoteName(scorecard.name.text), "\n");
    Clause("title", scorecard.title);
    Clause("cap", scorecard.cap);
    Clause("floor", scorecard.floor);
    for (const ScorecardLineSyntax& line : scorecard.lines) {
      StrAppend(&out_, "  (", line.subtract ? "subtract" : "add");
      const auto part = [this](std::string_view word, const ExpressionPtr& root) {
        if (root != nullptr) StrAppend(&out_, word, DumpExpression(*root));
      };
      part(" ", line.points);
      part(" when ", line.condition);
      part(" per ", line.per);
      part(" of ", line.of);
      part(" up-to ", line.up_to);
      out_.append(")\n");
    }
  }
  void Dump(const StagesSyntax& stages) {
    out_.append("stages");
    for (const NameSyntax& stage : stages.stages) StrAppend(&out_, " ", QuoteName(stage.text));
    out_.push_back('\n');
  }
  void Dump(const RuleSyntax& rule) {
    StrAppend(&out_, "rule ", QuoteName(rule.name.text), "\n");
    Clause("title", rule.title);
    Clause("description", rule.description);
    Clause("owner", rule.owner);
    for (const TextSyntax& tag : rule.tags) StrAppend(&out_, "  tag ", QuoteString(tag.text), "\n");
    Clause("stage", rule.stage);
    Clause("mode", rule.mode);
    Clause("when", rule.when);
    Clause("unless", rule.unless);
    Clause("keep-while", rule.keep_while);
    Clause("active-from", rule.active_from);
    Clause("active-until", rule.active_until);
    Clause("score", rule.score);
  }
  void Dump(const TestSyntax& test) {
    StrAppend(&out_, "test ", QuoteString(test.name.text), "\n");
    Clause("at", test.at);
    for (const GivenSyntax& given : test.given) {
      StrAppend(&out_, "  given ", QuoteName(given.metric.text), " = ",
                DumpExpression(*given.value), "\n");
    }
    for (const NameSyntax& rule : test.previously) {
      StrAppend(&out_, "  previously ", QuoteName(rule.text), "\n");
    }
    for (const ExpressionPtr& expect : test.expects) Clause("expect", expect);
  }
  std::string Take() { return std::move(out_); }

 private:
  void Clause(std::string_view word, const std::optional<NameSyntax>& name) {
    if (name.has_value()) StrAppend(&out_, "  ", word, " ", QuoteName(name->text), "\n");
  }
  void Clause(std::string_view word, const std::optional<TextSyntax>& text) {
    if (text.has_value()) StrAppend(&out_, "  ", word, " ", QuoteString(text->text), "\n");
  }
  void Clause(std::string_view word, const ExpressionPtr& root) {
    if (root != nullptr) StrAppend(&out_, "  ", word, " ", DumpExpression(*root), "\n");
  }

  std::string out_;
};

}  // namespace

std::string DumpExpression(const Expression& expression) {
  std::string out;
  Append(expression, &out);
  return out;
}

std::string DumpRuleFile(const RuleFile& file) {
  Dumper dumper;
  for (const Declaration& declaration : file.declarations) {
    std::visit([&dumper](const auto& body) { dumper.Dump(body); }, declaration.body);
  }
  return dumper.Take();
}

}  // namespace pql
