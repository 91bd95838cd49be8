// How often each of some rules came to which outcome: of accounts one by one, or of many in
// columns.  Not thread-safe.

#ifndef TOOLS_PQL_OUTCOME_COUNTS_H_
#define TOOLS_PQL_OUTCOME_COUNTS_H_

#include <cstdint>
#include <vector>

#include "eval/columns/account_columns.h"
#include "eval/columns/column_run.h"
#include "eval/plan/match_run.h"
#include "eval/plan/plan_run.h"
#include "language/checked_rule_set.h"
#include "tools/pql/evaluation_renderer.h"

namespace pql {

class OutcomeCounts {
 public:
  // `rules`: those that are counted, in the order in which they are reported.  Keeps a reference to
  // the rule set.
  OutcomeCounts(const CheckedRuleSet& rule_set, std::vector<uint32_t> rules);

  const std::vector<uint32_t>& rules() const { return rules_; }

  // The account that the run has begun with.
  void Add(PlanRun* run);
  // An account by what was found of it.
  void Add(const AccountMatches& matches);
  // All of the accounts.  REQUIRES: the rules are wanted of the run.
  void Add(const AccountColumns& accounts, Timestamp now, ColumnRun* run);
  void AddSkipped() { ++skipped_; }

  void AddTo(OutcomeSummary* summary) const;

 private:
  const CheckedRuleSet& rule_set_;
  std::vector<uint32_t> rules_;
  std::vector<OutcomeCount> counts_;  // by rule
  uint64_t accounts_ = 0;
  uint64_t skipped_ = 0;
};

}  // namespace pql

#endif  // TOOLS_PQL_OUTCOME_COUNTS_H_
