// What every rule store holds to, in one place: which commits are valid, how they are normalised,
// and the words of the errors that all of them give.  Thread-safe: no state.

#ifndef PQL_STORE_REVISION_RULES_H_
#define PQL_STORE_REVISION_RULES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/rule_store.h"

namespace pql {

// INVALID_ARGUMENT naming the field that is no valid text, empty though it must not be, or double.
absl::Status CheckNewRevision(const NewRevision& revision);
absl::Status CheckRequest(const StoredRequest& request);

// The revision as it is read back: time cut off, sources and changes in order; where it keeps
// others, without those.
StoredRevision AsStored(const NewRevision& revision);

// What a remembered request says to one with the same author and id: its answer, or
// INVALID_ARGUMENT.
absl::StatusOr<CommitResult> Replay(const StoredRequest& remembered, const StoredRequest& request);

// NOT_FOUND; number 0: it has none at all.
absl::Status NoSuchRevision(std::string_view rule_set, int64_t number);

// StoredRuleChange::changed_fields as one text, and back.
std::string JoinFields(const std::vector<std::string>& fields);
std::vector<std::string> SplitFields(std::string_view joined);

// DATA_LOSS naming the store when the text that was read back is not the one with this SHA-256.
absl::Status CheckSourceText(const StoredSource& source, std::string_view hash,
                             std::string_view store);

// What was read back is what a store writes: else DATA_LOSS naming the store.  Whoever can write to
// the store can have put anything there.
absl::Status CheckStoredVersion(int64_t version, std::string_view store);
absl::Status CheckStoredNumbers(const LatestNumbers& latest, std::string_view store);
absl::Status CheckStoredOrigins(const std::map<std::string, RuleOrigin>& origins,
                                std::string_view store);
// With the number of its parent.
absl::StatusOr<StoredRevision> CheckStoredRevision(StoredRevision revision, std::string_view store);

// Of the names and sources of the rules that a revision changed.
size_t ChangeBytes(const RevisionRecord& record);

// Collects the revisions of a page, newest first, up to the bounds of the query.
class PageBuilder {
 public:
  // `query` outlives the builder.
  explicit PageBuilder(const RevisionQuery& query) : query_(query) {}
  bool full() const;
  // `change_bytes`: ChangeBytes; those that it has unless they are given.  REQUIRES: not full.
  void Add(StoredRevision revision);
  void Add(StoredRevision revision, size_t change_bytes);
  RevisionPage Finish(bool has_more);

 private:
  const RevisionQuery& query_;
  RevisionPage page_;
  size_t bytes_ = 0;
};

}  // namespace pql

#endif  // PQL_STORE_REVISION_RULES_H_
