// Single rows of accounts in columns as accounts of a plan: where columns are answered row by row.
// Keeps references to both; not thread-safe.

#ifndef PQL_EVAL_COLUMNS_ROW_BINDER_H_
#define PQL_EVAL_COLUMNS_ROW_BINDER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "eval/columns/account_columns.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/plan.h"

namespace pql {

class RowBinder {
 public:
  RowBinder(const Plan& plan, const AccountColumns& accounts);

  // The account turns to the row; all others of its metrics stay as they are.  REQUIRES: it is of
  // the plan's layout, and nothing but rows of these accounts was set in it before.
  void Bind(size_t row, std::span<const uint32_t> metrics, BoundAccount* account) const;
  void Bind(size_t row, BoundAccount* account) const;  // all metrics
  // Which rules hold the row's account, as EvaluationInput::held; valid until the next call.
  const std::vector<bool>& HeldBy(size_t row);
  // Null: there is no column for the metric.
  const MetricValues* ValuesOf(uint32_t metric) const { return values_[metric]; }

 private:
  void BindOne(const MetricValues& values, size_t row, BoundAccount* account) const;

  const Plan& plan_;
  const AccountColumns& accounts_;
  std::vector<const MetricValues*> values_;  // by metric
  std::vector<bool> held_;                   // by rule; empty while no rule holds any account
};

}  // namespace pql

#endif  // PQL_EVAL_COLUMNS_ROW_BINDER_H_
