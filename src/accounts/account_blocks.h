// Accounts from a file, block by block: what reads many of them fast, on any number of threads.
//
// One thread takes blocks of whole rows off the input; each thread that reads them has a
// BlockReader of its own, which brings one row at a time into the slots of a plan's account, or
// into an Account.  account_reader.h says what the rows are; its AccountReader is built on this.
//
// Usage:
//   RowBlock block;
//   while (blocks->Next(&block)) {
//     const size_t count = reader->Begin(&block);
//     for (size_t i = 0; i < count; ++i) reader->Read(i, ++number, &row);
//     reader->Failure(number + 1);
//   }

#ifndef PQL_ACCOUNTS_ACCOUNT_BLOCKS_H_
#define PQL_ACCOUNTS_ACCOUNT_BLOCKS_H_

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "accounts/account_reader.h"
#include "accounts/row_blocks.h"
#include "accounts/row_problem.h"
#include "eval/columns/account_table.h"
#include "eval/plan/bound_account.h"

namespace pql {

// A row whose values are bound to a plan.
struct BoundRow {
  explicit BoundRow(BoundAccount bound) : account(bound) {}
  BoundAccount account;
  // As in AccountRow.  Valid, as are texts and lists of the account, until the reader's next row.
  std::string_view id;
  std::vector<std::string> held;
};

// Reads the rows of blocks.  Not thread-safe: one a thread.
class BlockReader {
 public:
  virtual ~BlockReader() = default;

  // Finds the rows of a block, which is the reader's until the next Begin; how many there are.
  virtual size_t Begin(RowBlock* block) = 0;
  // Row i of the block, which is row `number` of the input, whole.  REQUIRES: i < their count.
  virtual RowProblem Read(size_t i, uint64_t number, AccountRow* row) = 0;
  virtual RowProblem Read(size_t i, uint64_t number, BoundRow* row) = 0;
  // All rows of the block at once, in their order, without ids; texts in the table are valid until
  // the next Begin.  False where they have to be read one by one, because something is wrong with
  // one or the table does not hold all that they say; what is in the table then is of no use.
  virtual bool Read(AccountTable* table) = 0;
  // What came in place of row `number`, behind the last one of the block: nothing, or an error that
  // is final.
  virtual absl::Status Failure(uint64_t number) const = 0;

  // As AccountReader has them, of the rows that this reader read; a CSV's are in its header row.
  virtual const std::vector<std::string>& unknown_columns() const = 0;
};

class CsvHeader;

class AccountBlocks {
 public:
  // As OpenAccounts, errors included.  The arguments outlive it and its readers.
  static absl::StatusOr<std::unique_ptr<AccountBlocks>> Open(const CheckedRuleSet& rule_set,
                                                             std::istream* input,
                                                             const AccountReaderOptions& options);
  ~AccountBlocks();

  // The next block, for any of the readers; false at the end.  Not thread-safe.
  bool Next(RowBlock* block);
  // This outlives the reader.  Thread-safe.
  std::unique_ptr<BlockReader> NewReader() const;

  uint64_t bytes_read() const { return blocks_.bytes_read(); }

 private:
  AccountBlocks(const CheckedRuleSet& rule_set, std::istream* input,
                const AccountReaderOptions& options);
  absl::Status Start();

  const CheckedRuleSet& rule_set_;
  AccountReaderOptions options_;
  RowBlocks blocks_;
  std::unique_ptr<CsvHeader> header_;  // null: JSON Lines
  RowBlock first_;                     // the block with the header row
  bool has_first_ = false;             // it is still to be handed out
};

}  // namespace pql

#endif  // PQL_ACCOUNTS_ACCOUNT_BLOCKS_H_
