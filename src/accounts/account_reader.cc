#include "accounts/account_reader.h"

#include <utility>

#include "accounts/account_blocks.h"
#include "accounts/json_row.h"
#include "accounts/row_problem.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace pql {

absl::StatusOr<AccountRow> ReadJsonAccount(const CheckedRuleSet& rule_set, std::string_view text,
                                           const AccountReaderOptions& options,
                                           std::vector<std::string>* unknown_keys) {
  ColumnNames names(rule_set, options);
  AccountRow row{1, "1", Account(rule_set), {}};
  const RowProblem problem =
      text.size() > options.max_row_bytes
          ? RowProblem{"", StrCat("longer than ", options.max_row_bytes, " bytes")}
          : ReadJsonRow(text, options, &names, &row);
  if (!problem.ok()) return RowError(0, problem);
  if (unknown_keys != nullptr) *unknown_keys = names.unknown();
  return row;
}

namespace {

// One row after the other.
class SequentialReader : public AccountReader {
 public:
  SequentialReader(const CheckedRuleSet& rule_set, std::unique_ptr<AccountBlocks> blocks)
      : blocks_(std::move(blocks)),
        reader_(blocks_->NewReader()),
        row_{0, "", Account(rule_set), {}} {}

  absl::StatusOr<std::optional<AccountRow>> Next() override {
    while (next_ == count_) {
      PQL_ASSIGN_OR_RETURN(const bool more, NextBlock());
      if (!more) return std::nullopt;
    }
    const RowProblem problem = reader_->Read(next_++, ++number_, &row_);
    if (!problem.ok()) return RowError(number_, problem);
    return std::move(row_);
  }

  const std::vector<std::string>& unknown_columns() const override {
    return reader_->unknown_columns();
  }
  uint64_t bytes_read() const override { return blocks_->bytes_read(); }

 private:
  absl::StatusOr<bool> NextBlock() {
    if (std::exchange(has_block_, false)) PQL_RETURN_IF_ERROR(reader_->Failure(number_ + 1));
    has_block_ = blocks_->Next(&block_);
    if (!has_block_) return false;
    next_ = 0;
    count_ = reader_->Begin(&block_);
    return true;
  }

  std::unique_ptr<AccountBlocks> blocks_;
  std::unique_ptr<BlockReader> reader_;
  RowBlock block_;
  bool has_block_ = false;
  size_t next_ = 0;
  size_t count_ = 0;  // rows of the block
  uint64_t number_ = 0;
  AccountRow row_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AccountReader>> OpenAccounts(const CheckedRuleSet& rule_set,
                                                            std::istream* input,
                                                            const AccountReaderOptions& options) {
  PQL_ASSIGN_OR_RETURN(std::unique_ptr<AccountBlocks> blocks,
                       AccountBlocks::Open(rule_set, input, options));
  return std::make_unique<SequentialReader>(rule_set, std::move(blocks));
}

}  // namespace pql
