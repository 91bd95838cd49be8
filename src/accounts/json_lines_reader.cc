#include <utility>

#include "accounts/json_row.h"
#include "accounts/readers.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace pql {
namespace {

class JsonLinesReader : public AccountReader {
 public:
  JsonLinesReader(const CheckedRuleSet& rule_set, std::unique_ptr<InputChunks> input,
                  const AccountReaderOptions& options)
      : input_(std::move(input)),
        options_(options),
        names_(rule_set, options),
        prototype_(rule_set) {}

  absl::StatusOr<std::optional<AccountRow>> Next() override {
    do {
      PQL_ASSIGN_OR_RETURN(const bool more, ReadLine());
      if (!more) return std::nullopt;
    } while (line_.find_first_not_of(" \t\r") == std::string::npos);
    ++row_;
    if (line_.size() > options_.max_row_bytes) {
      return RowError(row_, {"", StrCat("longer than ", options_.max_row_bytes, " bytes")});
    }
    AccountRow row{row_, StrCat(row_), prototype_, {}};
    const RowProblem problem = ReadJsonRow(line_, options_, &names_, &row);
    if (!problem.ok()) return RowError(row_, problem);
    return row;
  }

  const std::vector<std::string>& unknown_columns() const override { return names_.unknown(); }
  uint64_t bytes_read() const override { return input_->bytes_read(); }

 private:
  // The next line, without its line end, into line_; of one that is too long only as much as shows
  // it.  False at the end of the input.
  absl::StatusOr<bool> ReadLine() {
    line_.clear();
    bool any = false;
    while (true) {
      PQL_ASSIGN_OR_RETURN(const std::string_view chunk, input_->Peek());
      if (chunk.empty()) return any;
      any = true;
      const size_t end = chunk.find('\n');
      const std::string_view part = chunk.substr(0, end);
      if (line_.size() <= options_.max_row_bytes) line_ += part;
      input_->Skip(part.size() + (end == std::string_view::npos ? 0 : 1));
      if (end != std::string_view::npos) return true;
    }
  }

  std::unique_ptr<InputChunks> input_;
  AccountReaderOptions options_;
  ColumnNames names_;
  Account prototype_;
  std::string line_;
  uint64_t row_ = 0;
};

}  // namespace

std::unique_ptr<AccountReader> OpenJsonLines(const CheckedRuleSet& rule_set,
                                             std::unique_ptr<InputChunks> input,
                                             const AccountReaderOptions& options) {
  return std::make_unique<JsonLinesReader>(rule_set, std::move(input), options);
}

}  // namespace pql
