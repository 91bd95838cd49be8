// Evaluates a file of accounts on all processors, block by block, with the results in the order of
// the input.
//
// The calling thread reads blocks; workers take them in turn, find their rows, evaluate those and
// write what is to be printed of them, in the blocks' order.  Memory is bounded: by a few blocks,
// the longest row, and a megabyte of output a worker.

#ifndef TOOLS_PQL_BULK_EVALUATION_H_
#define TOOLS_PQL_BULK_EVALUATION_H_

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "accounts/account_blocks.h"
#include "tools/pql/account_evaluator.h"
#include "tools/pql/evaluation_renderer.h"
#include "tools/pql/progress.h"

namespace pql {

struct BulkOptions {
  std::string format;  // one of EvaluationFormats() but `json`, whose list is one text
  RenderOptions render;
  bool skip_invalid = false;
  size_t threads = 0;  // workers; 0: one a processor
};

struct BulkResult {
  // The first bad row that was not to be skipped, or the input failed.
  absl::Status status;
  OutcomeSummary summary;
  std::string first_skipped;  // what was wrong with it; empty: none was
  std::vector<std::string> unknown_columns;
};

// Prints the accounts to `out`; no head and no end of the format.  Stops early, without an error,
// when `out` fails.  Details that the evaluator was told to find are not found.
BulkResult EvaluateInBulk(const AccountEvaluator& evaluator, AccountBlocks* blocks,
                          const BulkOptions& options, std::ostream* out, Progress* progress);

}  // namespace pql

#endif  // TOOLS_PQL_BULK_EVALUATION_H_
