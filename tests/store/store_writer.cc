// A process for tests to kill: store_writer SPEC SCHEMA commits revision after revision of rule set
// "slack" to a rule store and prints the number of each one that was acknowledged, one a line.
// While the store is not available it tries again, as a caller would.

#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "base/clock.h"
#include "store/open_rule_store.h"
#include "tests/store/revisions.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  pql::StoreOptions options;
  options.schema = argv[2];
  options.poll_interval = absl::Milliseconds(20);
  options.reconnect_backoff = absl::Milliseconds(5);
  auto store = pql::OpenRuleStore(argv[1], &pql::Clock::System(), options);
  if (!store.ok()) {
    std::cerr << store.status() << "\n";
    return 1;
  }
  const auto latest = (*store)->ReadLatestNumbers();
  if (!latest.ok()) return 1;
  int64_t number = latest->contains("slack") ? latest->at("slack") : 0;
  while (true) {
    const auto result = (*store)->Commit(pql::NumberedRevision("slack", number + 1));
    if (absl::IsUnavailable(result.status())) {
      // Perhaps it was written all the same: the retry, which has a request id, finds out.
      std::cerr << result.status() << "\n";
      absl::SleepFor(absl::Milliseconds(5));
      continue;
    }
    if (!result.ok()) {
      std::cerr << result.status() << "\n";
      return 1;
    }
    ++number;
    // At once and without a buffer: what was acknowledged is what was printed.
    const std::string line = std::to_string(number) + "\n";
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return 1;
  }
}
