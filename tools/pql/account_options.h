// What `pql eval` and `pql evaluate` are told alike: which accounts, and how to report them.

#ifndef TOOLS_PQL_ACCOUNT_OPTIONS_H_
#define TOOLS_PQL_ACCOUNT_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <fstream>
#include <istream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "accounts/account_reader.h"
#include "tools/pql/console.h"
#include "tools/pql/evaluation_renderer.h"

namespace pql {

// Not thread-safe.
class AccountOptions {
 public:
  // --account, --accounts and --rule.
  void AddInput(CLI::App* command);
  // The others; `clock` is the help of what the time is when there is no --at.
  void AddReport(CLI::App* command, const std::string& clock);

  // Whether the options go together; after this `all` is what they come to.
  absl::Status Check();
  bool single() const { return !account.empty(); }
  AccountReaderOptions ReaderOptions() const;
  // The file of --accounts, or standard input.  Valid as long as this.
  absl::StatusOr<std::istream*> OpenAccountsFile(Console* console);
  // What comes behind the last row.  `first_skipped`: what was wrong with it; empty: none was.
  void PrintSummary(const OutcomeSummary& summary, const std::string& first_skipped,
                    Console* console) const;

  std::string account;  // file or `-`; exactly one of the two is given
  std::string accounts;
  std::vector<std::string> rules;
  std::string at;
  bool all = false;
  bool gap = false;
  bool explain = false;
  std::string format = "human";
  bool skip_invalid = false;

 private:
  std::string id_;
  std::string held_;
  std::ifstream file_;
};

}  // namespace pql

#endif  // TOOLS_PQL_ACCOUNT_OPTIONS_H_
