// `pql eval --account` on any bytes: an account whose values are of their metrics' types, or a
// message that is bounded and readable; the same account as a line of JSON Lines is the same.

#include <sstream>
#include <vector>

#include "tests/fuzz/accounts_rule_set.h"

namespace pql {
namespace {

using fuzz::Require;

void RequireSameAsLine(const CheckedRuleSet& metrics, const std::string& text,
                       const AccountRow& row) {
  if (text.find_first_of("\r\n") != std::string::npos) return;  // several lines
  std::istringstream input(text);
  auto reader = OpenAccounts(metrics, &input, {});
  Require(reader.ok(), "an account is a line of accounts", text);
  const auto line = (*reader)->Next();
  Require(line.ok() && line->has_value(), "an account is a line of accounts", text);
  for (uint32_t i = 0; i < metrics.metrics.size(); ++i) {
    Require((*line)->account.Metric(i) == row.account.Metric(i), "both readers agree", text);
  }
}

void ReadAccount(const std::string& text) {
  const CheckedRuleSet& metrics = fuzz::AccountMetrics();
  std::vector<std::string> unknown;
  const auto row = ReadJsonAccount(metrics, text, {}, &unknown);
  Require(unknown.size() <= text.size(), "unknown keys are bounded", text);
  if (!row.ok()) {
    fuzz::RequireGoodMessage(row.status());
    return;
  }
  fuzz::RequireGoodAccount(metrics, *row);
  RequireSameAsLine(metrics, text, *row);
  const auto strict = ReadJsonAccount(metrics, text, {.strict = true});
  Require(strict.ok() == unknown.empty(), "strict means that every key is known", text);
}

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pql::ReadAccount(pql::fuzz::TextOf(data, size));
  return 0;
}
