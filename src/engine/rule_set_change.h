// A change of a rule set that a caller asks for, and what comes of it.  Values.

#ifndef PQL_ENGINE_RULE_SET_CHANGE_H_
#define PQL_ENGINE_RULE_SET_CHANGE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/caller.h"
#include "engine/rule_content.h"
#include "engine/snapshot.h"

namespace pql {

// What every change takes besides what it changes.
struct ChangeOptions {
  bool validate_only = false;
  std::optional<int64_t> expected_revision;  // 0: the rule set must not exist
  std::string request_id;                    // empty: a retry may be made twice
  std::string fingerprint;                   // of the body, so that a retry is known from a slip
  std::string comment;
};

// The latest revision, which a change starts from.
struct ChangeBase {
  int64_t revision = 0;                     // 0: there is none
  RuleContent content;                      // empty: the rule set is gone, or never was
  std::shared_ptr<const RuleSet> rule_set;  // null: no content, or it does not compile here
  std::vector<bool> api_managed;            // by file of rule_set
};

// What a change comes to.
struct ChangeResult {
  const RuleSetState& state;  // the rule set with the change
  int64_t revision;  // to be answered: of validate_only and where nothing differs, the base
  const std::vector<StoredRuleChange>& changes;
};

// Sources that are no good.
struct Rejection {
  std::shared_ptr<const SourceSet> sources;
  std::vector<Diagnostic> diagnostics;  // into `sources`
  size_t dropped = 0;
  size_t error_count = 0;
};

struct ChangeRequest {
  std::string rule_set;
  RevisionCause cause = RevisionCause::kApply;
  ChangeOptions options;
  Caller caller;
  bool creates_rule_set = false;  // otherwise NOT_FOUND
  int64_t rolled_back_to = 0;     // of kRollback

  // The new API-managed content.  May be called several times: again when another replica was
  // faster.
  std::function<absl::StatusOr<RuleContent>(const ChangeBase& base)> edit;
  // Puts what was found wrong into terms of the request; may be absent.
  std::function<void(const RuleSet& compiled, Rejection* rejection)> localize;
  // The answer, as bytes that are remembered with `request_id` for retries.
  std::function<std::string(const ChangeResult& result)> encode;
};

struct ChangeAnswer {
  absl::Status status;
  std::string response;                // of an OK status: what `encode` made, of a retry: had made
  std::optional<Rejection> rejection;  // of INVALID_ARGUMENT with reason INVALID_SOURCE
};

// INVALID_ARGUMENT with reason INVALID_SOURCE, and the findings.
ChangeAnswer Reject(Rejection rejection);
// Of a compilation that failed.
Rejection RejectionOf(CompileResult compiled);

// ABORTED with reason REVISION_MOVED.
absl::Status RevisionMoved(std::string_view rule_set, int64_t expected, int64_t current);
// UNAVAILABLE with reason STORE_UNAVAILABLE, where the store could not do what it should.
absl::Status StoreFailed(const absl::Status& status);

// What a change may not be, whatever the rule set: INVALID_ARGUMENT.
absl::Status CheckOptions(const ChangeOptions& options);

}  // namespace pql

#endif  // PQL_ENGINE_RULE_SET_CHANGE_H_
