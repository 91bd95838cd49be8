#include "accounts/account_blocks.h"

#include <utility>

#include "accounts/readers.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace pql {

AccountBlocks::AccountBlocks(const CheckedRuleSet& rule_set, std::istream* input,
                             const AccountReaderOptions& options)
    : rule_set_(rule_set), options_(options), blocks_(input, options.max_row_bytes) {}

AccountBlocks::~AccountBlocks() = default;

absl::StatusOr<std::unique_ptr<AccountBlocks>> AccountBlocks::Open(
    const CheckedRuleSet& rule_set, std::istream* input, const AccountReaderOptions& options) {
  std::unique_ptr<AccountBlocks> blocks(new AccountBlocks(rule_set, input, options));
  PQL_RETURN_IF_ERROR(blocks->Start());
  return blocks;
}

absl::Status AccountBlocks::Start() {
  if (blocks_.is_utf16()) {
    return absl::InvalidArgumentError("the input is in UTF-16; save it in UTF-8");
  }
  if (blocks_.first_byte() == '[') {
    return absl::InvalidArgumentError(
        "the input is a JSON array; expected JSON Lines (an object on each line) or CSV");
  }
  if (blocks_.format() == RowFormat::kJsonLines) return absl::OkStatus();

  header_ = std::make_unique<CsvHeader>(rule_set_, options_);
  while (blocks_.Next(&first_)) {
    PQL_ASSIGN_OR_RETURN(has_first_, header_->Read(first_));
    if (!has_first_) continue;
    first_.has_header = true;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "the input is empty; expected a CSV with a header row of metric names, or JSON Lines");
}

bool AccountBlocks::Next(RowBlock* block) {
  if (!has_first_) return blocks_.Next(block);
  *block = std::exchange(first_, RowBlock());
  has_first_ = false;
  return true;
}

std::unique_ptr<BlockReader> AccountBlocks::NewReader() const {
  return header_ != nullptr ? MakeCsvReader(rule_set_, *header_)
                            : MakeJsonLinesReader(rule_set_, options_);
}

}  // namespace pql
