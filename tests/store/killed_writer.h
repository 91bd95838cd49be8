// The rounds of a test that kills a process in the middle of its commits (tests/store/store_writer)
// and then looks at what the store has.  Not thread-safe.

#ifndef TESTS_STORE_KILLED_WRITER_H_
#define TESTS_STORE_KILLED_WRITER_H_

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "tests/store/revisions.h"
#include "tests/store/store_place.h"
#include "tests/testing/random.h"
#include "tests/testing/subprocess.h"

namespace pql {

class KilledWriter {
 public:
  explicit KilledWriter(const StorePlace* place) : place_(*place) {}

  // Starts the writer; it has committed something when this returns.
  void Start() {
    writer_ = std::make_unique<Subprocess>(
        std::vector<std::string>{PQL_BIN_DIR "/store_writer", place_.spec(), place_.schema()});
    EXPECT_TRUE(Eventually([this] { return Acknowledged() > 0 || writer_->Poll() >= 0; }));
    EXPECT_GT(Acknowledged(), 0) << writer_->Err();
  }
  // Kills it at some moment within the next 20 ms.
  void Kill(testing::Random* random) {
    std::this_thread::sleep_for(std::chrono::microseconds(random->Below(20'000)));
    writer_->Signal(SIGKILL);
    writer_->Wait();
  }
  // The last number that it printed; 0: none.
  int64_t Acknowledged() const {
    std::string out = writer_->Out();
    out.resize(out.rfind('\n') == std::string::npos ? 0 : out.rfind('\n'));
    const size_t begin = out.rfind('\n');
    return std::atoll(out.c_str() + (begin == std::string::npos ? 0 : begin + 1));
  }
  // Every revision that was acknowledged is there, each that is there is whole, and at most one was
  // written without being acknowledged.  Those seen by an earlier call are not read again.
  void ExpectAllThere() {
    const int64_t acknowledged = Acknowledged();
    const std::unique_ptr<RuleStore> store = place_.Open();
    ASSERT_NE(store, nullptr);
    const absl::StatusOr<LatestNumbers> latest = store->ReadLatestNumbers();
    ASSERT_TRUE(latest.ok()) << latest.status();
    const int64_t number = latest->at("slack");
    EXPECT_GE(number, acknowledged);
    EXPECT_LE(number, acknowledged + 1);
    for (; checked_ < number; ++checked_) ExpectNumberedRevision(*store, "slack", checked_ + 1);
    EXPECT_EQ(store->ReadRevision("slack", number + 1).status().code(),
              absl::StatusCode::kNotFound);
  }
  int64_t checked() const { return checked_; }
  Subprocess& process() { return *writer_; }

 private:
  const StorePlace& place_;
  std::unique_ptr<Subprocess> writer_;
  int64_t checked_ = 0;
};

// 10 times PQL_CASES_FACTOR: 100 in the full run.
inline int KillRounds() { return 10 * testing::CasesFactor(); }

}  // namespace pql

#endif  // TESTS_STORE_KILLED_WRITER_H_
