// Every bound on what a caller or a rule file may ask of the server, in one place.  Each is a flag
// of pqld (server/options.cc), is enforced before work is done, and names that flag in its error.

#ifndef PQL_ENGINE_LIMITS_H_
#define PQL_ENGINE_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace pql {

struct Limits {
  // --max-request-bytes: of one request message.
  size_t max_request_bytes = 8 << 20;
  // --max-batch-accounts: accounts in one BatchEvaluate.
  size_t max_batch_accounts = 10'000;
  // --max-explained-accounts: accounts in one BatchEvaluate that asks for a gap, an explanation or
  // a next change, each of which takes far longer, and is far larger, than the outcome.
  size_t max_explained_accounts = 1'000;
  // --max-gap-evaluations: of one rule for one account, in the search for its gap.
  size_t max_gap_evaluations = 20'000;
  // --max-account-metrics: metrics that one account sends, undeclared ones included.
  size_t max_account_metrics = 1'000;
  // --max-string-bytes: of one string value of an account, of one element of a list, of an id.
  size_t max_string_bytes = 64 << 10;
  // --max-source-bytes: of all sources of one rule set.
  size_t max_source_bytes = 16 << 20;
  // --max-rules: in one rule set.
  size_t max_rules = 10'000;
  // --max-in-flight: calls being answered at once; more are turned away, not queued.
  size_t max_in_flight = 1'000;
  // --max-queued-jobs: calls that wait for a worker thread (changes, ValidateRules, TestRuleSet,
  // the history, BatchEvaluate, an Evaluate that explains).
  size_t max_queued_jobs = 64;
  // --max-watches: streams of WatchRuleSets at once.
  size_t max_watches = 1'000;
  // --max-counted-rules: of all rule sets, those whose outcomes are counted apart in the metrics.
  size_t max_counted_rules = 1'000;
  // --max-revision-wait: how long a call with `min_revision` and a later deadline waits.
  absl::Duration max_revision_wait = absl::Seconds(30);
};

}  // namespace pql

#endif  // PQL_ENGINE_LIMITS_H_
