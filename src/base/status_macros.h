// Early return on a failed absl::Status, in the manner of Google's internal macros (Debian's Abseil
// has none).  Thread-safe: no state.

#ifndef PQL_BASE_STATUS_MACROS_H_
#define PQL_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns the status of `expression` from the enclosing function unless it is OK.
#define PQL_RETURN_IF_ERROR(expression)        \
  do {                                         \
    ::absl::Status pql_status_ = (expression); \
    if (!pql_status_.ok()) return pql_status_; \
  } while (false)

// Assigns the value of a StatusOr to `lhs` (which may declare a variable), or returns its status.
#define PQL_ASSIGN_OR_RETURN(lhs, expression) \
  PQL_ASSIGN_OR_RETURN_IMPL_(PQL_CONCAT_(pql_status_or_, __LINE__), lhs, expression)
// NOLINTBEGIN(bugprone-macro-parentheses): `lhs` may be a declaration.
#define PQL_ASSIGN_OR_RETURN_IMPL_(status_or, lhs, expression) \
  auto status_or = (expression);                               \
  if (!status_or.ok()) return std::move(status_or).status();   \
  lhs = *std::move(status_or)
#define PQL_CONCAT_(a, b) PQL_CONCAT_IMPL_(a, b)
#define PQL_CONCAT_IMPL_(a, b) a##b
// NOLINTEND(bugprone-macro-parentheses)
#endif  // PQL_BASE_STATUS_MACROS_H_
