// `pql eval --accounts` on any bytes, CSV or JSON Lines: reading ends, rows count up, a bad row
// does not end it, what is kept and what is said is bounded, every value is of its metric's type.

#include <sstream>

#include "tests/fuzz/accounts_rule_set.h"

namespace pql {
namespace {

using fuzz::Require;

void ReadAccounts(const std::string& text, const AccountReaderOptions& options) {
  const CheckedRuleSet& metrics = fuzz::AccountMetrics();
  std::istringstream input(text);
  auto reader = OpenAccounts(metrics, &input, options);
  if (!reader.ok()) {
    fuzz::RequireGoodMessage(reader.status());
    return;
  }
  uint64_t last_row = 0;
  for (size_t calls = 0;; ++calls) {
    Require(calls <= text.size() + 1, "reading ends", text);
    const absl::StatusOr<std::optional<AccountRow>> row = (*reader)->Next();
    if (!row.ok()) {
      fuzz::RequireGoodMessage(row.status());
      if (row.status().code() != absl::StatusCode::kInvalidArgument) break;
      continue;
    }
    if (!row->has_value()) break;
    Require((*row)->row > last_row, "rows count up", text);
    last_row = (*row)->row;
    fuzz::RequireGoodAccount(metrics, **row);
    for (const std::string& name : (*row)->held) {
      Require(!FindInvalidUtf8(name), "names of rules are valid UTF-8", name);
    }
  }
  Require((*reader)->unknown_columns().size() <= 20, "unknown columns are bounded", text);
  Require((*reader)->bytes_read() <= text.size(), "no byte is read twice", text);
}

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = pql::fuzz::TextOf(data, size);
  pql::ReadAccounts(text, {.max_row_bytes = 4'096});
  pql::ReadAccounts(text, {.held_column = "held", .strict = true});
  return 0;
}
