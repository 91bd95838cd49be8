// Metrics, defines, scorecards and rules: from syntax to the checked declaration.
//
// Keeps references to its arguments, which must outlive it.  Thread-compatible.

#ifndef PQL_CHECKER_DECLARATION_CHECKER_H_
#define PQL_CHECKER_DECLARATION_CHECKER_H_

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ast/rule_file.h"
#include "checker/declaration_table.h"
#include "checker/expression_checker.h"
#include "checker/literal_checker.h"
#include "language/checked_rule_set.h"

namespace pql {

// The stages from low to high, each once; a stage listed twice is a finding.
std::vector<std::string> CheckStages(const StagesSyntax& stages, DiagnosticSink* sink);

// Fills in everything but the metric's name and ranges.
void CheckMetric(const MetricSyntax& syntax, Metric* metric, ExpressionChecker* checker);

// What of a rule needs no other declaration: names, texts, mode.  Its stage and its expressions
// come with CheckRuleBody.
Rule CheckRuleHead(const Declared<RuleSyntax>& declared, DiagnosticSink* sink);

class DeclarationChecker {
 public:
  // REQUIRES: the stages of `rule_set` are final.
  DeclarationChecker(const CheckedRuleSet& rule_set, ExpressionChecker* checker);

  TypedExpression CheckDefine(const DefineSyntax& define) { return checker_->Check(*define.value); }
  void CheckScorecard(const ScorecardSyntax& syntax, Scorecard* scorecard);
  void CheckRuleBody(const RuleSyntax& syntax, Rule* rule);

 private:
  ScorecardLine CheckLine(const ScorecardLineSyntax& syntax);
  void CheckPer(const ScorecardLineSyntax& syntax, ScorecardLine* line);
  std::optional<double> CheckNumberAt(LiteralPlace place, const ExpressionPtr& expression);
  std::optional<Timestamp> CheckTimeAt(std::string_view what, const ExpressionPtr& expression);
  std::optional<uint32_t> CheckStageName(const NameSyntax& name);
  std::optional<TypedExpression> CheckOptionalCondition(const ExpressionPtr& expression);

  Findings& findings() { return checker_->findings(); }

  const CheckedRuleSet& rule_set_;
  ExpressionChecker* const checker_;
  std::unordered_map<std::string_view, uint32_t> stages_;
};

}  // namespace pql

#endif  // PQL_CHECKER_DECLARATION_CHECKER_H_
