// always-false: a condition that no account can meet.

#include <algorithm>
#include <string>
#include <vector>

#include "base/strings.h"
#include "lint/all_checks.h"
#include "lint/logic.h"

namespace pql {
namespace {

class AlwaysFalseCheck {
 public:
  explicit AlwaysFalseCheck(LintContext* context)
      : context_(*context), space_(context->Shared<ConditionSpace>()) {}

  void Run() {
    for (const RootCondition& root : RootConditions(context_.checked())) {
      WalkConditions(root, [this](const TypedExpression& part) {
        if (!IsNeverTrue(part)) return true;
        Report(part);
        return false;
      });
    }
    for (uint32_t i = 0; i < context_.checked().rules.size(); ++i) CheckRule(i);
  }

 private:
  bool IsNeverTrue(const TypedExpression& part) {
    return space_.NeverTrue(space_.OfExpression(0, part));
  }

  // Where the reason is: every part of an `or`, the parts of an `and` that would do alone.
  void Report(const TypedExpression& part) {
    if (IsName(part)) return;  // found at what is named
    bool has_culprit = false;
    if (part.Is(Operator::kAnd) || part.Is(Operator::kOr)) {
      for (const TypedExpression& child : part.children) {
        if (!IsNeverTrue(child)) continue;
        has_culprit = true;
        Report(child);
      }
    }
    if (has_culprit) return;
    if (part.Is(Operator::kNot)) {
      // What is always true is found there.
      const DiagramId negated = space_.OfExpression(0, part.children[0]).diagram;
      if (space_.AlwaysTrue(negated)) return;
    }
    if (part.Is(Operator::kAnd)) {
      ReportConflict(CoreOf(part, &space_));
      return;
    }
    context_
        .Report(DiagnosticKind::kAlwaysFalse, part.range, {TextOf(context_.rule_set(), part), ""})
        .hint = DescribeScorecardRange(context_.checked(), part, &space_);
  }

  // Reported at the last of the parts that exclude each other.
  void ReportConflict(const std::vector<const TypedExpression*>& core) {
    const std::string last = TextOf(context_.rule_set(), *core.back());
    std::string others;
    for (size_t i = 0; i + 1 < core.size(); ++i) {
      StrAppend(&others, i == 0 ? " together with `" : " and `",
                TextOf(context_.rule_set(), *core[i]), "`");
    }
    Diagnostic& finding =
        context_.Report(DiagnosticKind::kAlwaysFalse, core.back()->range, {last, others});
    finding.hint = core.size() == 2 ? "no account meets both" : "no account meets them all";
    for (size_t i = 0; i + 1 < core.size(); ++i) {
      finding.related.push_back({core[i]->range, StrCat("conflicts with `", last, "`")});
    }
  }

  // `unless` can take back all that `when` gives.
  void CheckRule(uint32_t index) {
    const Rule& rule = context_.checked().rules[index];
    if (rule.mode == RuleMode::kDraft || !rule.unless.has_value()) return;
    if (IsNeverTrue(rule.when) || !space_.NeverTrue(space_.OfRuleAnyTime(0, index))) return;
    // What is always true is found as such.
    if (space_.AlwaysTrue(space_.OfExpression(0, *rule.unless))) return;
    Diagnostic& finding =
        context_.Report(DiagnosticKind::kAlwaysFalse, rule.name_range, {rule.name, ""});
    finding.hint = "`unless` excludes everyone whom `when` admits";
    finding.related.push_back({rule.unless->range, "excludes them here"});
  }

  LintContext& context_;
  ConditionSpace& space_;
};

}  // namespace

void CheckAlwaysFalse(LintContext* context) { AlwaysFalseCheck(context).Run(); }

}  // namespace pql
