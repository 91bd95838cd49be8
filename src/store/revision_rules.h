// What every rule store holds to, in one place: which commits are valid, how they are normalised,
// and the words of the errors that all of them give.  Thread-safe: no state.

#ifndef PQL_STORE_REVISION_RULES_H_
#define PQL_STORE_REVISION_RULES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/rule_store.h"

namespace pql {

// INVALID_ARGUMENT naming the field that is no valid text, empty though it must not be, or double.
absl::Status CheckNewRevision(const NewRevision& revision);
absl::Status CheckRequest(const StoredRequest& request);

// The revision as it is read back: time cut off, sources and changes in order.
StoredRevision AsStored(const NewRevision& revision);

// What a remembered request says to one with the same author and id: its answer, or
// INVALID_ARGUMENT.
absl::StatusOr<CommitResult> Replay(const StoredRequest& remembered, const StoredRequest& request);

// NOT_FOUND; number 0: it has none at all.
absl::Status NoSuchRevision(std::string_view rule_set, int64_t number);

// Bytes that RevisionQuery::max_bytes counts.
size_t SizeOf(const RevisionRecord& record);

}  // namespace pql

#endif  // PQL_STORE_REVISION_RULES_H_
