// Errors of the engine: an absl::Status for people, with a reason and particulars for programs.
// The reasons and their keys are listed in proto/pql/v1/error.proto.  Thread-safe: no state.

#ifndef PQL_ENGINE_ERROR_H_
#define PQL_ENGINE_ERROR_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace pql {

struct ErrorReason {
  std::string reason;  // "LIMIT_EXCEEDED"
  std::vector<std::pair<std::string, std::string>> metadata = {};
};

// The status with the reason attached; an OK status stays as it is.
absl::Status WithReason(absl::Status status, const ErrorReason& reason);
// Nothing when none was attached.
std::optional<ErrorReason> ReasonOf(const absl::Status& status);

// INVALID_ARGUMENT with reason INVALID_FIELD: "`page_size`: must not be negative".
absl::Status InvalidField(std::string_view field, std::string_view problem);
// With reason LIMIT_EXCEEDED: "12 accounts are more than the limit of 10 accounts in a batch
// (--max-batch-accounts)".  `code` is INVALID_ARGUMENT or RESOURCE_EXHAUSTED.
absl::Status LimitExceeded(absl::StatusCode code, std::string_view limit, std::string_view flag,
                           uint64_t seen, uint64_t maximum, std::string_view sentence);
// UNAVAILABLE with reason SHUTTING_DOWN: the server drains.  `advice` says what to do elsewhere.
absl::Status ShuttingDown(std::string_view advice);
// NOT_FOUND with reason RESOURCE_NOT_FOUND.
absl::Status ResourceNotFound(std::string_view resource_name, std::string_view sentence);

}  // namespace pql

#endif  // PQL_ENGINE_ERROR_H_
