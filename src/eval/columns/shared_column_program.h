// A plan's program for columns, made by the first who asks for it: most rule sets are never asked
// about columns.  Owns a share of the plan.  Thread-safe.

#ifndef PQL_EVAL_COLUMNS_SHARED_COLUMN_PROGRAM_H_
#define PQL_EVAL_COLUMNS_SHARED_COLUMN_PROGRAM_H_

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "eval/columns/column_program.h"
#include "eval/plan/plan.h"

namespace pql {

class SharedColumnProgram {
 public:
  explicit SharedColumnProgram(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {}

  const ColumnProgram& Get() const {
    std::call_once(made_, [this] { program_.emplace(*plan_); });
    return *program_;
  }

 private:
  const std::shared_ptr<const Plan> plan_;
  mutable std::once_flag made_;
  mutable std::optional<ColumnProgram> program_;
};

}  // namespace pql

#endif  // PQL_EVAL_COLUMNS_SHARED_COLUMN_PROGRAM_H_
