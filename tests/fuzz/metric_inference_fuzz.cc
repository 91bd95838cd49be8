// The metrics of a file of accounts of any bytes (`pql eval --where` without a rule set): what is
// declared compiles, names each metric once, and the accounts can be read with it; every cell of a
// CSV is of the type that was seen in it.

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "accounts/account_reader.h"
#include "accounts/metric_inference.h"
#include "ruleset/rule_set.h"
#include "tests/fuzz/messages.h"

namespace pql {
namespace {

using fuzz::Require;

bool IsCsv(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n\v\f");
  return first == std::string::npos || text[first] != '{';
}

void ReadWith(const CheckedRuleSet& metrics, const std::string& text) {
  std::istringstream input(text);
  auto reader = OpenAccounts(metrics, &input, {});
  if (!reader.ok()) {
    fuzz::RequireGoodMessage(reader.status());
    return;
  }
  for (size_t calls = 0;; ++calls) {
    Require(calls <= text.size() + 1, "reading ends", text);
    const absl::StatusOr<std::optional<AccountRow>> row = (*reader)->Next();
    if (!row.ok()) {
      fuzz::RequireGoodMessage(row.status());
      const bool is_type = row.status().message().find("metric `") != absl::string_view::npos;
      Require(!is_type || !IsCsv(text), "a cell is of the type that was seen in it", text);
      if (row.status().code() != absl::StatusCode::kInvalidArgument) break;
      continue;
    }
    if (!row->has_value()) break;
  }
}

void Infer(const std::string& text) {
  std::istringstream input(text);
  const absl::StatusOr<std::vector<InferredMetric>> metrics = InferMetrics(&input, {});
  if (!metrics.ok()) {
    fuzz::RequireGoodMessage(metrics.status());
    return;
  }
  std::set<std::string> names;
  for (const InferredMetric& metric : *metrics) {
    Require(names.insert(metric.name).second, "metrics have names of their own", text);
  }
  const CompileResult compiled = CompileRuleSet("fuzz", {{"m.pql", DeclareMetrics(*metrics)}});
  Require(compiled.ok(), "the metrics compile", text);
  Require(compiled.rule_set->checked.metrics.size() == metrics->size(), "all are declared", text);
  ReadWith(compiled.rule_set->checked, text);
}

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pql::Infer(pql::fuzz::TextOf(data, size));
  return 0;
}
