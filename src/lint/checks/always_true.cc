// always-true: a condition that tells no two accounts apart.

#include <string>
#include <vector>

#include "base/strings.h"
#include "lint/all_checks.h"
#include "lint/logic.h"

namespace pql {
namespace {

class AlwaysTrueCheck {
 public:
  explicit AlwaysTrueCheck(LintContext* context)
      : context_(*context), space_(context->Shared<ConditionSpace>()) {}

  void Run() {
    for (const RootCondition& root : RootConditions(context_.checked())) {
      WalkConditions(root, [this](const TypedExpression& part) {
        if (!IsAlwaysTrue(part)) return true;
        Report(part);
        return false;
      });
    }
  }

 private:
  bool IsAlwaysTrue(const TypedExpression& part) {
    return space_.AlwaysTrue(space_.OfExpression(0, part));
  }

  // Where the reason is: each of the parts of an `and`, of an `or` those that would do alone.
  void Report(const TypedExpression& part) {
    if (IsName(part) || part.Is(Operator::kNot)) return;  // found at what is named or negated
    bool has_culprit = false;
    if (part.Is(Operator::kAnd) || part.Is(Operator::kOr)) {
      for (const TypedExpression& child : part.children) {
        if (!IsAlwaysTrue(child)) continue;
        has_culprit = true;
        Report(child);
      }
    }
    if (has_culprit) return;
    Diagnostic& finding = context_.Report(DiagnosticKind::kAlwaysTrue, part.range,
                                          {TextOf(context_.rule_set(), part)});
    if (part.Is(Operator::kOr)) {
      finding.hint = "whatever an account sends, one of its parts holds";
      const std::vector<const TypedExpression*> core = CoreOf(part, &space_);
      if (core.size() == part.children.size()) return;
      for (const TypedExpression* needed : core) {
        finding.related.push_back({needed->range, "this is one of those that suffice"});
      }
      return;
    }
    const std::string range = DescribeScorecardRange(context_.checked(), part, &space_);
    finding.hint = range.empty() ? "it tells no two accounts apart" : range;
  }

  LintContext& context_;
  ConditionSpace& space_;
};

}  // namespace

void CheckAlwaysTrue(LintContext* context) { AlwaysTrueCheck(context).Run(); }

}  // namespace pql
