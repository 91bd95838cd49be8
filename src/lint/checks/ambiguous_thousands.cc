// ambiguous-thousands: `2.000` is two, but people in half of the world read two thousand.
//
// Looked at where a number is compared with, or is a value of its own (a default, a given value,
// points).  In a calculation three decimals are a factor.

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "base/number_text.h"
#include "base/strings.h"
#include "language/operators.h"
#include "lint/all_checks.h"

namespace pql {
namespace {

bool AreDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

// One to three digits, not just zero, a point and exactly three digits.
bool LooksLikeThousands(const Expression& node) {
  if (node.kind != Expression::Kind::kLiteral || node.literal.kind != Literal::Kind::kNumber) {
    return false;
  }
  const std::string_view text = node.literal.spelling;
  const size_t point = text.find('.');
  return point != std::string_view::npos && 1 <= point && point <= 3 && text[0] != '0' &&
         text.size() == point + 4 && AreDigits(text.substr(0, point)) &&
         AreDigits(text.substr(point + 1));
}

bool Compares(const Expression& node) {
  return node.kind == Expression::Kind::kOperator && ComparesValues(node.op);
}

void Look(const Expression& node, LintContext* context) {
  if (!LooksLikeThousands(node)) return;
  const std::string text = node.literal.spelling;
  const size_t point = text.find('.');
  const std::string thousands = StrCat(text.substr(0, point), "_", text.substr(point + 1));
  // Without the noughts; `1.125` has none and is told from thousands by one more.
  const std::string shorter = FormatNumber(node.literal.number);
  const std::string fraction = shorter == text ? StrCat(text, "0") : shorter;
  Diagnostic& finding =
      context->Report(DiagnosticKind::kAmbiguousThousands, node.range, {text, node.literal.number});
  finding.hint =
      StrCat("write `", thousands, "` for the big number, `", fraction, "` for the small one");
  finding.fix = Fix{StrCat("write `", thousands, "`"), {{node.range, thousands}}, false};
}

}  // namespace

void CheckAmbiguousThousands(LintContext* context) {
  for (const RuleFile& file : context->rule_set().files) {
    for (const Declaration& declaration : file.declarations) {
      ForEachRoot(declaration, [context](const Expression& root) {
        Look(root, context);
        WalkExpression(root, [context](const Expression& node) {
          if (!Compares(node)) return;
          for (const ExpressionPtr& child : node.children) Look(*child, context);
        });
      });
    }
  }
}

}  // namespace pql
