// redundant-condition: a part of a condition without which nothing changes.

#include <string>

#include "base/strings.h"
#include "lint/all_checks.h"
#include "lint/logic.h"

namespace pql {
namespace {

class RedundantConditionCheck {
 public:
  explicit RedundantConditionCheck(LintContext* context)
      : context_(*context), space_(context->Shared<ConditionSpace>()) {}

  void Run() {
    for (const RootCondition& root : RootConditions(context_.checked())) {
      for (const RedundantPart& part : FindRedundantParts(root, &space_)) Report(part);
    }
    for (const Rule& rule : context_.checked().rules) {
      if (rule.mode != RuleMode::kDraft) CheckClauses(rule);
    }
  }

 private:
  std::string Text(const TypedExpression& part) { return TextOf(context_.rule_set(), part); }
  Condition Of(const TypedExpression& part) { return space_.OfExpression(0, part); }

  void Report(const RedundantPart& found) {
    const TypedExpression& part = found.parent->children[found.operand];
    Diagnostic& finding =
        context_.Report(DiagnosticKind::kRedundantCondition, part.range, {Text(part)});
    finding.fix = RemovalOf(context_.rule_set(), *found.parent, found.operand);
    if (found.because == nullptr) {
      finding.hint = "the rest of the condition decides without it";
      return;
    }
    const bool is_and = found.parent->Is(Operator::kAnd);
    const std::string reason = Text(*found.because);
    if (reason == Text(part)) {
      finding.hint = "it is there twice";
      finding.related.push_back({found.because->range, "the same"});
      return;
    }
    finding.hint = is_and ? StrCat("it holds wherever `", reason, "` does")
                          : StrCat("wherever it holds, so does `", reason, "`");
    if (const auto account = space_.FindBoth(Of(part), Of(*found.because))) {
      StrAppend(&finding.hint, ", as for an account with ", account->ToText());
    }
    finding.related.push_back({found.because->range, is_and ? "asks for more" : "asks for less"});
  }

  // `unless` that excludes nobody whom `when` admits; `keep while` that keeps nobody else.
  void CheckClauses(const Rule& rule) {
    DiagramStore& diagrams = space_.diagrams();
    const DiagramId when = Of(rule.when).diagram;
    DiagramId kept = when;
    if (rule.keep_while.has_value()) {
      const DiagramId keep = Of(*rule.keep_while).diagram;
      kept = diagrams.Or(when, keep);
      if (kept == when && !SaysNothing(keep) && !SaysNothing(when)) {
        ReportClause(*rule.keep_while, rule.when,
                     "whoever meets it meets `when` already, so nobody is kept longer");
      }
    }
    if (!rule.unless.has_value()) return;
    const DiagramId unless = Of(*rule.unless).diagram;
    if (SaysNothing(unless) || SaysNothing(when)) return;
    const DiagramId not_unless = diagrams.Not(unless);
    if (diagrams.And(when, not_unless) == when && diagrams.And(kept, not_unless) == kept) {
      ReportClause(*rule.unless, rule.when, "nobody whom `when` admits meets it");
    }
  }

  // Found by always-true and always-false.
  bool SaysNothing(DiagramId condition) const {
    return space_.NeverTrue(condition) || space_.NeverFalse(condition);
  }

  void ReportClause(const TypedExpression& clause, const TypedExpression& when,
                    std::string_view hint) {
    Diagnostic& finding =
        context_.Report(DiagnosticKind::kRedundantCondition, clause.range, {Text(clause)});
    finding.hint = hint;
    finding.related.push_back({when.range, "what `when` asks for"});
  }

  LintContext& context_;
  ConditionSpace& space_;
};

}  // namespace

void CheckRedundantCondition(LintContext* context) { RedundantConditionCheck(context).Run(); }

}  // namespace pql
