// Row 21 of the table of hostile input (README.md, "What hostile input gets"): a real server killed
// in the middle of its commits, again and again.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/end_to_end/calls.h"
#include "tests/end_to_end/sqlite_file.h"
#include "tests/testing/random.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

constexpr int kWriters = 2;

std::string RuleSetOf(int writer) { return "ruleSets/of_writer_" + std::to_string(writer); }

// The content of revision `number`: a function of it, so that what is read is whole or not equal.
std::string TextOf(int64_t number) {
  return RulesWithLimit(number) + "# " + std::string(2'000, 'x') + std::to_string(number) + "\n";
}

class Writers {
 public:
  // Commits to the server, as fast as it answers, until it answers no more.
  void Start(ServerProcess* server) {
    for (int writer = 0; writer < kWriters; ++writer) {
      threads_.emplace_back([this, server, writer] {
        for (int64_t number = there_[writer] + 1;; ++number) {
          int64_t revision = 0;
          if (!Push(*server, RuleSetOf(writer), TextOf(number), &revision).ok()) return;
          EXPECT_EQ(revision, number);
          acknowledged_[writer] = number;
        }
      });
    }
  }
  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  int64_t all_acknowledged() const { return acknowledged_[0] + acknowledged_[1]; }

  // What was acknowledged is there, and at most one revision more, and each is whole.  Those seen
  // by an earlier call are not read again.
  void ExpectAllThere(ServerProcess& server) {
    for (int writer = 0; writer < kWriters; ++writer) {
      const int64_t number = acknowledged_[writer] == 0 && there_[writer] == 0
                                 ? 0
                                 : server.GetRuleSet(RuleSetOf(writer)).revision();
      ASSERT_GE(number, acknowledged_[writer]);
      ASSERT_LE(number, acknowledged_[writer] + 1);
      while (there_[writer] < number) {
        const int64_t next = ++there_[writer];
        grpc::ClientContext context;
        SetDeadline(&context);
        v1::GetRevisionRequest request;
        request.set_name(RuleSetOf(writer) + "/revisions/" + std::to_string(next));
        v1::GetRevisionResponse response;
        const grpc::Status status = server.rules().GetRevision(&context, request, &response);
        ASSERT_TRUE(status.ok()) << status.error_message();
        ASSERT_EQ(response.revision().sources_size(), 1);
        EXPECT_EQ(response.revision().sources(0).file().text(), TextOf(next));
      }
      acknowledged_[writer] = number;
      if (number == 0) continue;
      // And it is what evaluates.
      EXPECT_EQ(server.Qualifies(RuleSetOf(writer), static_cast<double>(number)).size(), 1u);
      EXPECT_EQ(server.Qualifies(RuleSetOf(writer), static_cast<double>(number) - 1).size(), 0u);
    }
  }

 private:
  std::vector<std::thread> threads_;
  std::atomic<int64_t> acknowledged_[kWriters] = {};
  int64_t there_[kWriters] = {};
};

// Of the files as the dead server left them, on a copy: to look is to recover.
std::string IntegrityOf(const std::string& path) {
  const TempDirectory copies;
  for (const std::string suffix : {"", "-wal"}) {
    if (!std::filesystem::exists(path + suffix)) continue;
    std::filesystem::copy_file(path + suffix, copies.Path("rules.db" + suffix));
  }
  SqliteFile file(copies.Path("rules.db"));
  return file.Execute("PRAGMA integrity_check") + file.Execute("PRAGMA foreign_key_check");
}

TEST(HostileTable, Row21KilledHundredTimes) {
  testing::Random random(testing::TestSeed());
  const TempDirectory work;
  const std::string path = work.Path("rules.db");
  Writers writers;
  int rounds_with_commits = 0;
  for (int round = 0; round < 100; ++round) {
    ServerProcess server("", {"--store=sqlite:" + path});
    writers.ExpectAllThere(server);
    if (::testing::Test::HasFailure()) return;
    const int64_t before = writers.all_acknowledged();
    writers.Start(&server);
    // Every other time in the midst of commits, however slow the machine.
    if (round % 2 == 0) {
      EXPECT_TRUE(Eventually([&] { return writers.all_acknowledged() > before; }));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random.Below(50'000)));
    server.process().Signal(SIGKILL);
    server.process().Wait();
    writers.Join();
    ASSERT_EQ(IntegrityOf(path), "ok") << "round " << round;
    rounds_with_commits += writers.all_acknowledged() > before ? 1 : 0;
  }
  ServerProcess server("", {"--store=sqlite:" + path});
  writers.ExpectAllThere(server);
  EXPECT_GE(rounds_with_commits, 50) << "of " << writers.all_acknowledged() << " revisions";
}

}  // namespace
}  // namespace pql
