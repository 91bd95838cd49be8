#include "checker/literal_checker.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "ast/rule_file.h"
#include "base/strings.h"
#include "checker/literals.h"

namespace pql {
namespace {

// A text without its quotes, `yes` for `true`; otherwise something to compute.
void ReportNotALiteral(const LiteralPlace& place, const Expression& expression,
                       Findings* findings) {
  Diagnostic& finding = findings->Add(DiagnosticKind::kNotALiteral, expression.range, {place.what});
  if (expression.kind == Expression::Kind::kName) {
    const auto& options = place.type.options();
    const bool is_text =
        place.type.kind() == Type::Kind::kString ||
        std::find(options.begin(), options.end(), expression.name) != options.end();
    std::string spelling;
    if (is_text) {
      spelling = QuoteString(expression.name);
    } else if (place.type.IsBool()) {
      spelling = Findings::BoolForName(expression);
    }
    if (!spelling.empty()) {
      finding.hint = StrCat("write `", spelling, "`");
      finding.fix = Findings::Replace(expression.range, std::move(spelling));
      return;
    }
  }
  if (Findings::IsNullWord(expression)) {
    finding.hint = "leave it out: what nobody gives is missing";
  } else if (!place.type.IsUnknown()) {
    finding.hint = StrCat("for instance `", ExampleLiteral(place.type), "`");
  }
}

void ReportWrongLiteral(const LiteralPlace& place, const Expression& expression,
                        std::string_view seen, Findings* findings) {
  Diagnostic& finding = findings->Add(DiagnosticKind::kWrongLiteral, expression.range,
                                      {place.what, place.type.Describe(), std::string(seen)});
  finding.fix = findings->RespellFix(expression, place.type);
  finding.hint = finding.fix ? StrCat("write `", finding.fix->edits[0].replacement, "`")
                             : StrCat("for instance `", ExampleLiteral(place.type), "`");
}

// Null when all elements fit, else what one of them is.
std::optional<Type> StrangeElement(const Literal& list, const Type& element) {
  for (const Literal& each : list.elements) {
    const Type type = TypeOfLiteral(each);
    if (type.kind() != element.kind()) return type;
  }
  return {};
}

std::optional<Value> CheckList(const LiteralPlace& place, const Expression& expression,
                               Findings* findings) {
  const Literal& list = expression.literal;
  if (const auto strange = StrangeElement(list, place.type.Element())) {
    ReportWrongLiteral(place, expression, StrCat("a list with ", strange->Describe()), findings);
    return {};
  }
  if (list.elements.empty() && place.type.kind() == Type::Kind::kNumberList) {
    return Value::List(Value::NumberList());
  }
  return ValueOfLiteral(list);
}

}  // namespace

std::string ExampleLiteral(const Type& type) {
  switch (type.kind()) {
    case Type::Kind::kNumber:
      return type.unit() == "bytes" ? "10MB" : "100";
    case Type::Kind::kBool:
      return "true";
    case Type::Kind::kOneOf:
      return QuoteString(type.options().front());
    case Type::Kind::kTimestamp:
      return "2026-03-01";
    case Type::Kind::kDuration:
      return "14d";
    case Type::Kind::kNumberList:
      return "[1, 2]";
    case Type::Kind::kStringList:
      return "[\"a\", \"b\"]";
    case Type::Kind::kString:
    case Type::Kind::kUnknown:
      break;
  }
  return "\"text\"";
}

std::optional<Value> CheckLiteralAt(const LiteralPlace& place, const Expression& expression,
                                    ExpressionChecker* checker) {
  Findings* const findings = &checker->findings();
  if (expression.kind == Expression::Kind::kError) return {};
  const auto literal = AsSignedLiteral(expression);
  if (!literal) {
    const bool broken = expression.Is(Operator::kNegate) &&
                        expression.children[0]->kind == Expression::Kind::kError;
    if (!broken) ReportNotALiteral(place, expression, findings);
    return {};
  }
  if (literal->minus && !place.minus_allowed) {
    findings->Add(DiagnosticKind::kUnexpectedMinus, expression.range, {place.what}).hint =
        place.no_minus_hint;
    return {};
  }
  const Expression& core = literal->minus ? *expression.children[0] : expression;
  const Type seen = TypeOfLiteral(*literal->literal);
  const Type& wanted = place.type;
  if (wanted.IsUnknown()) return {};
  if (wanted.IsList() && seen.IsList()) return CheckList(place, expression, findings);
  const bool fits = wanted.IsNumber()
                        ? seen.IsNumber() && UnitsFit(wanted, seen)
                        : seen.kind() == wanted.kind() || (wanted.IsText() && seen.IsText());
  if (!fits) {
    ReportWrongLiteral(place, core, seen.Describe(), findings);
    return {};
  }
  if (literal->literal->kind == Literal::Kind::kPercent && wanted.unit() == "percent") {
    findings->PercentLiteral(core, place.target);
    return {};
  }
  if (!checker->CheckOption(core, wanted, place.target)) return {};
  return ValueOf(*literal);
}

}  // namespace pql
