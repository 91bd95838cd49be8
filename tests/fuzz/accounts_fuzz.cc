// `pql eval --accounts` on any bytes, CSV or JSON Lines: reading ends, rows count up, a bad row
// does not end it, what is kept and what is said is bounded, every value is of its metric's type; a
// row whose values are bound to a plan, as many are evaluated, is the same.

#include <sstream>

#include "accounts/account_blocks.h"
#include "eval/plan/plan.h"
#include "tests/fuzz/accounts_rule_set.h"

namespace pql {
namespace {

using fuzz::Require;

void RequireSameValues(const CheckedRuleSet& metrics, const BoundAccount& a, const BoundAccount& b,
                       const std::string& text) {
  for (uint32_t i = 0; i < metrics.metrics.size(); ++i) {
    Require(a.keys()[i] == b.keys()[i], "bound values are those of the account", text);
    if (a.keys()[i] == kMissingKey) continue;
    const MetricPayload& of_a = a.payloads()[i];
    const MetricPayload& of_b = b.payloads()[i];
    const Type& type = metrics.metrics[i].type;
    if (type.IsText()) {
      Require(std::string_view(of_a.text, of_a.size) == std::string_view(of_b.text, of_b.size),
              "bound texts are those of the account", text);
    } else if (type.IsList()) {
      Require(*of_a.list == *of_b.list, "bound lists are those of the account", text);
    }
  }
}

// Each row twice, as an Account and bound.
void ReadBlocks(const std::string& text, const AccountReaderOptions& options) {
  const RuleSet& rules = fuzz::AccountRules();
  std::istringstream input(text);
  const auto blocks = AccountBlocks::Open(rules.checked, &input, options);
  if (!blocks.ok()) return;
  const std::unique_ptr<BlockReader> reader = (*blocks)->NewReader();
  const std::unique_ptr<BlockReader> bound_reader = (*blocks)->NewReader();
  BoundAccounts accounts(rules.plan->layout(), 2);
  BoundRow bound(accounts[0]);
  BoundAccount expected = accounts[1];
  AccountRow row{0, "", Account(rules.checked), {}};
  uint64_t number = 0;
  for (RowBlock block; (*blocks)->Next(&block);) {
    RowBlock copy;  // splitting a block changes it
    copy.Resize(block.size());
    block.text().copy(copy.data(), block.size());
    copy.has_header = block.has_header;
    copy.failure = block.failure;
    const size_t count = reader->Begin(&block);
    Require(bound_reader->Begin(&copy) == count, "blocks have the same rows twice", text);
    for (size_t i = 0; i < count; ++i) {
      const RowProblem problem = reader->Read(i, ++number, &row);
      const RowProblem bound_problem = bound_reader->Read(i, number, &bound);
      Require(problem.place == bound_problem.place && problem.message == bound_problem.message,
              "a bad row is bad in the same way", text);
      if (!problem.ok()) continue;
      expected.Bind(row.account);
      RequireSameValues(rules.checked, bound.account, expected, text);
      Require(bound.id == row.id && bound.held == row.held, "ids and held rules are the same",
              text);
    }
    Require(reader->Failure(number + 1) == bound_reader->Failure(number + 1),
            "blocks fail in the same way", text);
  }
  Require(reader->unknown_columns() == bound_reader->unknown_columns(),
          "unknown columns are the same", text);
}

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
  for (const pql::AccountReaderOptions& options :
       {pql::AccountReaderOptions{.max_row_bytes = 4'096},
        pql::AccountReaderOptions{.held_column = "held", .strict = true}}) {
    pql::ReadAccounts(text, options);
    pql::ReadBlocks(text, options);
  }
  return 0;
}
