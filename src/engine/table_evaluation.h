// Answers in columns: what a rule set says about many accounts, an item after the other instead of
// an account after the other.
//
// Keeps a reference to the session.  Not thread-safe.

#ifndef PQL_ENGINE_TABLE_EVALUATION_H_
#define PQL_ENGINE_TABLE_EVALUATION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/evaluation.h"
#include "eval/columns/account_columns.h"
#include "eval/columns/row_binder.h"
#include "eval/interpreter.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/plan_run.h"

namespace pql {

class ColumnRun;

// Every vector is by row.
struct TableAnswer {
  struct RuleRows {
    uint32_t rule = 0;
    std::vector<Outcome> outcomes;
    std::vector<std::optional<double>> scores;  // empty: it declares none
  };
  struct ScorecardRows {
    uint32_t scorecard = 0;
    std::vector<double> values;
    std::vector<bool> incomplete;
  };
  struct OutputRows {
    uint32_t define = 0;
    std::vector<Value> values;
  };
  size_t row_count = 0;
  std::vector<std::optional<uint32_t>> stages;  // empty: the rule set declares none
  std::vector<RuleRows> rules;                  // the session's active rules, in its order
  std::vector<RuleRows> shadow_rules;
  std::vector<ScorecardRows> scorecards;
  std::vector<OutputRows> outputs;
};

// How many values a row of the answer has: what it costs, in time and in bytes.
size_t TableWidth(const EvaluationSession& session);

class TableEvaluation {
 public:
  // Of so many rows, all of which are to be set.
  TableEvaluation(const EvaluationSession& session, size_t row_count);

  // One row from an account.  `held` as EvaluationSession::Run has it.
  void SetRow(size_t row, const AccountView& account, const std::vector<std::string>& held);
  // All rows.  Now and then `still_wanted` is called, whose error ends the work.
  // REQUIRES: as many rows as there are; the columns are as account_columns.h asks for.
  absl::Status SetRows(const AccountColumns& accounts,
                       const std::function<absl::Status()>& still_wanted);

  TableAnswer& answer() { return answer_; }
  // Of the outputs so far that are texts.
  size_t output_bytes() const { return output_bytes_; }

 private:
  void AddRules(const std::vector<uint32_t>& rules, std::vector<TableAnswer::RuleRows>* out) const;
  void SetOutcomes(ColumnRun* run);
  void Count(ColumnRun* run);
  // What needs the row as an account, to which the run has turned: all but outcomes and stage.
  void SetValues(size_t row);
  void SetScores(size_t row, std::vector<TableAnswer::RuleRows>* rules);
  bool NeedsAccount(size_t row) const;

  const EvaluationSession& session_;
  const SharedList<Rule>& rules_;
  const bool has_values_;          // scorecards or outputs
  std::vector<uint32_t> counted_;  // rules that are evaluated: all but drafts
  TableAnswer answer_;
  size_t output_bytes_ = 0;
  PlanRun run_;
  BoundAccounts bound_;
};

// A row as an account of its own, for what evaluates one at a time, and the rules that hold it.
Account RowAccount(const CheckedRuleSet& rule_set, const AccountColumns& accounts, size_t row);
std::vector<std::string> RulesHolding(const CheckedRuleSet& rule_set,
                                      const AccountColumns& accounts, size_t row);

}  // namespace pql

#endif  // PQL_ENGINE_TABLE_EVALUATION_H_
