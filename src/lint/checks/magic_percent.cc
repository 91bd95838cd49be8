// magic-percent: `quota_used > 0.2` where the metric holds 0 to 100.

#include <cmath>

#include "base/number_text.h"
#include "base/strings.h"
#include "language/operators.h"
#include "lint/all_checks.h"
#include "lint/expressions.h"

namespace pql {
namespace {

bool ComparesNumbers(const TypedExpression& node) {
  return node.kind == TypedExpression::Kind::kOperator && ComparesValues(node.op);
}

// A number strictly between 0 and 1.
bool IsFraction(const TypedExpression& node) {
  return node.kind == TypedExpression::Kind::kConstant && node.constant.IsNumber() &&
         0 < node.constant.number() && node.constant.number() < 1;
}

// The metric that the comparison is about, if it is one in percent.
const Metric* PercentMetric(const CheckedRuleSet& checked, const TypedExpression& comparison) {
  for (const TypedExpression& child : comparison.children) {
    if (child.kind == TypedExpression::Kind::kMetric && child.type.IsNumber() &&
        child.type.unit() == "percent") {
      return &checked.metrics[child.index];
    }
  }
  return nullptr;
}

}  // namespace

void CheckMagicPercent(LintContext* context) {
  const CheckedRuleSet& checked = context->checked();
  ForEachExpression(checked, [&](const TypedExpression& root) {
    WalkTyped(root, [&](const TypedExpression& node) {
      if (!ComparesNumbers(node)) return;
      const Metric* metric = PercentMetric(checked, node);
      if (metric == nullptr) return;
      for (const TypedExpression& child : node.children) {
        if (!IsFraction(child)) continue;
        // Without the noise of the binary fraction: 0.07 * 100 is 7.000000000000001.
        const double percent = std::round(child.constant.number() * 1e12) / 1e10;
        const std::string written = FormatNumber(percent);
        Diagnostic& finding =
            context->Report(DiagnosticKind::kMagicPercent, child.range,
                            {context->rule_set().sources.Text(child.range), metric->name});
        finding.hint = StrCat("write `", written, "` if ", written, " percent are meant");
        finding.related = {{metric->name_range, "declared in percent here"}};
        finding.fix = Fix{StrCat("write `", written, "`"), {{child.range, written}}, false};
      }
    });
  });
}

}  // namespace pql
