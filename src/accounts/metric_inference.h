// The metrics that a file of accounts holds, for conditions that are asked without a rule set.
// Pure functions over a stream; thread-safe.

#ifndef PQL_ACCOUNTS_METRIC_INFERENCE_H_
#define PQL_ACCOUNTS_METRIC_INFERENCE_H_

#include <istream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "accounts/account_reader.h"
#include "language/type.h"

namespace pql {

struct InferredMetric {
  std::string name;  // in NFC
  Type type;
};

// The columns or keys, in order of appearance, each with the type that all of its values have:
// number, bool, timestamp or a list, else string; of one without any value, string.  Where rows of
// JSON Lines disagree the first ones count, and reading the accounts will say so.  The columns of
// ids and held rules, and names that no metric can have, are left out.  Reads the whole of `input`,
// CSV or JSON Lines (or one JSON object on several lines); what is malformed in it is left for
// reading the accounts to tell.  DATA_LOSS when the stream fails or a quote
// is never closed.
absl::StatusOr<std::vector<InferredMetric>> InferMetrics(std::istream* input,
                                                         const AccountReaderOptions& options);

// The metrics as declarations: rules-language source.
std::string DeclareMetrics(const std::vector<InferredMetric>& metrics);

}  // namespace pql

#endif  // PQL_ACCOUNTS_METRIC_INFERENCE_H_
