// Every bound on what a caller, a connection or a rule file may ask of the server, in one place.
// Each is a flag of pqld (server/limit_flags.cc), is enforced before work is done, and is named
// with that flag in the error, or in the log where there is no call to answer.  proto/README.md has
// the table for callers.

#ifndef PQL_ENGINE_LIMITS_H_
#define PQL_ENGINE_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace pql {

struct Limits {
  // Of a request.

  // --max-request-bytes: of one request message.
  size_t max_request_bytes = 8 << 20;
  // --max-metadata-bytes: of the metadata of one call, as HTTP/2 counts: names, values and 32 bytes
  // for each.
  size_t max_metadata_bytes = 16 << 10;
  // --max-batch-accounts: accounts in one BatchEvaluate.
  size_t max_batch_accounts = 10'000;
  // --max-table-rows: accounts in one BatchEvaluate that come and are answered in columns, which
  // are far smaller.
  size_t max_table_rows = 100'000;
  // --max-table-values: of an answer in columns, its rows times its rules, scorecards and outputs.
  size_t max_table_values = 20'000'000;
  // --max-table-bytes: of the texts in the lists of a table, each as often as a row has it; codes
  // make many of few.
  size_t max_table_bytes = 64 << 20;
  // --max-answer-bytes: of one answer; few bytes of accounts ask for many of a large rule set.
  size_t max_answer_bytes = 64 << 20;
  // --max-explained-accounts: accounts in one BatchEvaluate that asks for a gap, an explanation or
  // a next change, each of which takes far longer, and is far larger, than the outcome.
  size_t max_explained_accounts = 1'000;
  // --max-gap-evaluations: of one rule for one account, in the search for its gap; the search ends
  // there, and says that it did.
  size_t max_gap_evaluations = 20'000;
  // --max-account-metrics: metrics that one account sends, undeclared ones included.
  size_t max_account_metrics = 1'000;
  // --max-string-bytes: of one string value of an account, of one element of a list, of an id.
  size_t max_string_bytes = 64 << 10;

  // Of the rules.

  // --max-source-bytes: of all sources of one rule set.
  size_t max_source_bytes = 16 << 20;
  // --max-source-file-bytes: of one of them.
  size_t max_source_file_bytes = 4 << 20;
  // --max-source-tokens: in one of them.
  size_t max_source_tokens = 1'000'000;
  // --max-source-files: sources of one rule set; a rule that callers make is one.
  size_t max_source_files = 20'000;
  // --max-nesting-depth: of conditions within conditions; at most kMaxExpressionDepth, for which
  // the stacks of the threads suffice.
  size_t max_nesting_depth = 256;
  // --max-rules: in one rule set.
  size_t max_rules = 10'000;
  // --max-rule-sets: in the server.
  size_t max_rule_sets = 1'000;

  // Of all calls together.

  // --max-in-flight: calls being answered at once; more are turned away, not queued.
  size_t max_in_flight = 1'000;
  // --max-queued-jobs: calls that wait for a worker thread (changes, ValidateRules, TestRuleSet,
  // the history, BatchEvaluate, an Evaluate that explains).
  size_t max_queued_jobs = 64;
  // --max-watches: streams of WatchRuleSets at once.
  size_t max_watches = 1'000;
  // --max-counted-rules: of all rule sets, those whose outcomes are counted apart in the metrics.
  size_t max_counted_rules = 1'000;
  // --max-streams: streams of StreamEvaluate at once.
  size_t max_streams = 1'000;
  // --max-revision-wait: how long a call with `min_revision` and a later deadline waits.
  absl::Duration max_revision_wait = absl::Seconds(30);

  // Of the network and the process.

  // --max-connections: that are open at once, where the descriptors suffice; more are closed at
  // once.
  size_t max_connections = 10'000;
  // --max-connections-per-address: of those, from one network address.
  size_t max_connections_per_address = 10'000;
  // --max-connection-streams: calls at once in one connection; clients keep further ones back.
  size_t max_connection_streams = 1'000;
  // --max-connection-idle: how long a connection without calls is kept.
  absl::Duration max_connection_idle = absl::Minutes(5);
  // --max-memory: of the process, in bytes; beyond it connections are ended.  0: three quarters of
  // what there is.
  size_t max_memory = 0;
};

}  // namespace pql

#endif  // PQL_ENGINE_LIMITS_H_
