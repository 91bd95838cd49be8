#include "server/limit_flags.h"

#include <cstdint>

#include "ast/expression.h"

namespace pql {
namespace {

constexpr LimitFlag kFlags[] = {
    {"--max-request-bytes", "of one request", &Limits::max_request_bytes},
    {"--max-metadata-bytes", "of the metadata of one call", &Limits::max_metadata_bytes},
    {"--max-batch-accounts", "accounts in one BatchEvaluate", &Limits::max_batch_accounts},
    {"--max-table-rows", "accounts in one BatchEvaluate that come and are answered in columns",
     &Limits::max_table_rows},
    {"--max-table-values", "of an answer in columns: rows times rules, scorecards and outputs",
     &Limits::max_table_values},
    {"--max-table-bytes", "of the texts in the lists of a table, however they are coded",
     &Limits::max_table_bytes},
    {.flag = "--max-answer-bytes",
     .help = "of one answer",
     .number = &Limits::max_answer_bytes,
     .most = INT32_MAX},  // of any protobuf message
    {"--max-explained-accounts",
     "accounts in one BatchEvaluate that asks for gaps, explanations or next changes",
     &Limits::max_explained_accounts},
    {"--max-gap-evaluations", "of one rule, in the search for what an account lacks",
     &Limits::max_gap_evaluations},
    {"--max-account-metrics", "metrics of one account", &Limits::max_account_metrics},
    {"--max-string-bytes", "of one string of an account", &Limits::max_string_bytes},
    {"--max-source-bytes", "of all sources of a rule set", &Limits::max_source_bytes},
    {"--max-source-file-bytes", "of one of them", &Limits::max_source_file_bytes},
    {"--max-source-tokens", "words and signs in one of them", &Limits::max_source_tokens},
    {"--max-source-files", "sources of one rule set", &Limits::max_source_files},
    {.flag = "--max-nesting-depth",
     .help = "of conditions within conditions",
     .number = &Limits::max_nesting_depth,
     .most = kMaxExpressionDepth},
    {"--max-rules", "in one rule set", &Limits::max_rules},
    {"--max-rule-sets", "in the server", &Limits::max_rule_sets},
    {"--max-in-flight", "calls that are answered at once", &Limits::max_in_flight},
    {"--max-queued-jobs", "calls that wait for a worker thread", &Limits::max_queued_jobs},
    {"--max-watches", "streams that watch rule sets", &Limits::max_watches},
    {"--max-streams", "streams of StreamEvaluate", &Limits::max_streams},
    {"--max-counted-rules",
     "whose outcomes the metrics count apart; those beyond it are counted together",
     &Limits::max_counted_rules},
    {.flag = "--max-revision-wait",
     .help = "how long a call waits for its `min_revision`",
     .duration = &Limits::max_revision_wait},
    {"--max-connections", "at once, where the limit of open files (ulimit -n) has room for them",
     &Limits::max_connections},
    {"--max-connections-per-address", "of those, from one network address",
     &Limits::max_connections_per_address},
    {"--max-connection-streams", "calls at once in one connection",
     &Limits::max_connection_streams},
    {.flag = "--max-connection-idle",
     .help = "how long a connection without calls is kept",
     .duration = &Limits::max_connection_idle},
    {.flag = "--max-memory",
     .help = "of the process, in bytes, beyond which connections are ended; 0: three quarters of "
             "what there is",
     .number = &Limits::max_memory,
     .least = 0},
};

}  // namespace

std::span<const LimitFlag> LimitFlags() { return kFlags; }

}  // namespace pql
