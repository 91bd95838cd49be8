// Row 25 of the table of hostile input (README.md, "What hostile input gets"): a wall clock that
// jumps by an hour under a running server.
//
// The server sees the clock through libfaketime (Debian package faketime), which adds what a file
// says; the monotonic clock stays as it is, as it does when the time of a machine is set.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "tests/end_to_end/calls.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

using ::testing::ElementsAre;

// Far more than the tests take, far less than the jumps.
constexpr int64_t kSlack = 600;

int64_t SecondsNow() { return std::time(nullptr); }

class HostileTableClock : public ::testing::TestWithParam<int> {
 protected:
  HostileTableClock() {
    work_.Write("rules/slack/rules.pql",
                "metric messages: number\nmetric since: timestamp\n"
                "rule team { when messages >= 10 }\n"
                "rule recent { when since within last 30m }\n");
    SetClock(0);
    server_ = std::make_unique<ServerProcess>(
        work_.Path("rules"),
        std::vector<std::string>{"--store=sqlite:" + work_.Path("rules.db"),
                                 "--drain-timeout=" + std::to_string(kSlack) + "s",
                                 "--max-revision-wait=" + std::to_string(kSlack) + "s"},
        std::vector<std::string>{"/usr/bin/env", "FAKETIME_TIMESTAMP_FILE=" + work_.Path("clock"),
                                 "LD_PRELOAD=/usr/$LIB/faketime/libfaketimeMT.so.1",
                                 "FAKETIME_NO_CACHE=1", "DONT_FAKE_MONOTONIC=1", "NO_FAKE_STAT=1"});
  }
  // The server's clock is so far from ours from now on.
  void SetClock(int seconds) const {
    work_.Write("clock.new", (seconds < 0 ? "" : "+") + std::to_string(seconds));
    std::filesystem::rename(work_.Path("clock.new"), work_.Path("clock"));
  }
  v1::EvaluateResponse EvaluateNow() {
    v1::EvaluateResponse response;
    const grpc::Status status = Evaluate(*server_, RequestWithMessages(kSlackRules, 10), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  const TempDirectory work_;
  std::unique_ptr<ServerProcess> server_;
};

// An evaluation that waits for a revision, in a thread of its own: of one account, or a batch,
// which asks for its deadline again before each account.
class WaitingCall {
 public:
  WaitingCall(ServerProcess* server, int64_t revision, bool is_batch = false) {
    thread_ = std::thread([this, server, revision, is_batch] {
      v1::EvaluateRequest request = RequestWithMessages(kSlackRules, 10);
      request.mutable_options()->set_min_revision(revision);
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(kSlack));
      if (is_batch) {
        v1::BatchEvaluateRequest batch;
        batch.set_rule_set(request.rule_set());
        *batch.mutable_options() = request.options();
        *batch.add_accounts() = request.account();
        v1::BatchEvaluateResponse response;
        code_ = server->evaluations().BatchEvaluate(&context, batch, &response).error_code();
      } else {
        v1::EvaluateResponse response;
        code_ = server->evaluations().Evaluate(&context, request, &response).error_code();
      }
    });
  }
  ~WaitingCall() { Join(); }
  bool is_waiting() const { return code_ == -1; }
  int Join() {
    if (thread_.joinable()) thread_.join();
    return code_;
  }

 private:
  std::atomic<int> code_{-1};
  std::thread thread_;
};

TEST_P(HostileTableClock, Row25TimersAreMonotonicAndEvaluationUsesTheGivenTime) {
  // The server does see the jump: the time that it evaluates at by default moves with it.
  EXPECT_NEAR(EvaluateNow().evaluation_time().seconds(), SecondsNow(), kSlack);
  WaitingCall waiting(server_.get(), 2);
  WaitingCall batch(server_.get(), 2, /*is_batch=*/true);
  SetClock(GetParam());
  // Within two seconds, for which absl::Now may go by the cycles of the processor.
  EXPECT_TRUE(Eventually([this] {
    const int64_t jump = EvaluateNow().evaluation_time().seconds() - SecondsNow();
    return std::abs(jump - GetParam()) < kSlack;
  }));

  // A given time is what counts: the same answer before and after.
  v1::EvaluateRequest request = RequestWithMessages(kSlackRules, 0);
  (*request.mutable_account()->mutable_metrics())["since"].set_string_value("2026-03-01T08:00:00Z");
  for (const auto& [clock, minutes, qualifies] :
       {std::tuple{GetParam(), 29, true}, {0, 29, true}, {GetParam(), 31, false}, {0, 31, false}}) {
    SetClock(clock);
    request.mutable_options()->mutable_evaluation_time()->set_seconds(1'772'352'000 + 60 * minutes);
    v1::EvaluateResponse response;
    ASSERT_TRUE(Evaluate(*server_, request, &response).ok());
    EXPECT_EQ(response.evaluation().rules_size(), qualifies ? 1 : 0) << clock << " " << minutes;
  }

  // A wait neither ends at the jump nor lasts an hour longer, and rule files are followed.
  SetClock(GetParam());
  EXPECT_TRUE(waiting.is_waiting() && batch.is_waiting());
  work_.Write("rules/slack/rules.pql", RulesWithLimit(20));
  EXPECT_EQ(waiting.Join(), grpc::StatusCode::OK);
  EXPECT_EQ(batch.Join(), grpc::StatusCode::OK);
  EXPECT_THAT(server_->Qualifies(kSlackRules, 20), ElementsAre("team"));

  // A change that is retried across the jump is one change.
  const std::string id = "7b0c6a4e-5d5f-4f0e-9a51-0d6a8a0b4a55";
  const std::string more = "rule more { when messages > 3 }\n";
  int64_t first = 0, second = 0;
  ASSERT_TRUE(Push(*server_, kSlackRules, more, &first, id).ok());
  SetClock(0);
  ASSERT_TRUE(Push(*server_, kSlackRules, more, &second, id).ok());
  EXPECT_EQ(first, second);

  // Draining: a call that waits is not cut off by the jump.
  WaitingCall draining(server_.get(), server_->GetRuleSet(kSlackRules).revision() + 1);
  ASSERT_TRUE(Eventually([&] { return draining.is_waiting(); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // until it is in
  server_->process().Signal(SIGTERM);
  ASSERT_TRUE(Eventually([&] { return server_->Health("") == 2; }));
  SetClock(GetParam());
  work_.Write("rules/slack/rules.pql", RulesWithLimit(30));
  EXPECT_EQ(draining.Join(), grpc::StatusCode::OK);
  EXPECT_EQ(server_->process().Wait(), 0);
  EXPECT_EQ(server_->CountLog("calls cut off at the end of --drain-timeout"), 0);
}

INSTANTIATE_TEST_SUITE_P(ByAnHour, HostileTableClock, ::testing::Values(3600, -3600),
                         [](const auto& info) { return info.param > 0 ? "Forward" : "Back"; });

}  // namespace
}  // namespace pql
