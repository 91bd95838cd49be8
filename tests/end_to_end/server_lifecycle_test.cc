// Start, refusal to start, and the drained stop of pqld: row 26 of robustness.md.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "tests/end_to_end/server_process.h"

namespace pql {
namespace {

using ::testing::HasSubstr;

class ServerLifecycleTest : public ::testing::Test {
 protected:
  ServerLifecycleTest() {
    directory_.Write("slack/rules.pql",
                     "metric messages: number\nrule team { when messages >= 10 }\n");
  }
  const TempDirectory directory_;
};

TEST_F(ServerLifecycleTest, StopsAtOnceWhenNothingRuns) {
  ServerProcess server(directory_.path());
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(), 0);
  EXPECT_EQ(server.CountLog("stopped"), 1);
}

TEST_F(ServerLifecycleTest, InterruptStopsToo) {
  ServerProcess server(directory_.path());
  server.process().Signal(SIGINT);
  EXPECT_EQ(server.process().Wait(), 0);
}

TEST_F(ServerLifecycleTest, SecondServerOnThePortSaysSo) {
  ServerProcess server(directory_.path());
  Subprocess second(
      {Program("pqld"), "--rules=" + directory_.path(), "--listen=" + server.address()});
  EXPECT_EQ(second.Wait(), 2);
  EXPECT_THAT(second.Err(), HasSubstr("cannot listen on " + server.address()));
  EXPECT_THAT(server.Qualifies("ruleSets/slack", 10), ::testing::ElementsAre("team"));
}

TEST_F(ServerLifecycleTest, BadFlagsAndDirectoriesEndWithTwo) {
  Subprocess flag({Program("pqld"), "--no-such-flag"});
  EXPECT_EQ(flag.Wait(), 2);
  EXPECT_THAT(flag.Err(), HasSubstr("--no-such-flag"));
  Subprocess one_level_too_deep(
      {Program("pqld"), "--rules=" + directory_.Path("slack"), "--listen=localhost:0"});
  EXPECT_EQ(one_level_too_deep.Wait(), 2);
  EXPECT_THAT(one_level_too_deep.Err(), HasSubstr("rules.pql"));
}

TEST_F(ServerLifecycleTest, ServesAlthoughARuleSetIsBroken) {
  directory_.Write("broken/rules.pql", "rule team {");
  ServerProcess server(directory_.path());
  EXPECT_EQ(server.GetRuleSet("ruleSets/broken").revision(), 0);
  EXPECT_TRUE(server.GetRuleSet("ruleSets/broken").has_load_failure());
  EXPECT_EQ(server.GetRuleSet("ruleSets/slack").revision(), 1);
}

// A call that was let in is answered, though SIGTERM comes while it runs, and comes twice.
TEST_F(ServerLifecycleTest, RunningCallIsAnsweredAndNewOnesAreTurnedAway) {
  ServerProcess server(directory_.path());
  std::atomic<int> waiting_code{-1};
  std::thread waiter([&] {
    grpc::ClientContext context;
    v1::EvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    request.mutable_options()->set_min_revision(2);
    v1::EvaluateResponse response;
    waiting_code = server.evaluations().Evaluate(&context, request, &response).error_code();
  });
  // The call is in flight once the log of the stop counts it.
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  server.process().Signal(SIGTERM);
  server.process().Signal(SIGTERM);
  ASSERT_TRUE(Eventually([&] { return server.CountLog("stopping") == 1; }));
  ASSERT_TRUE(Eventually([&] {
    grpc::ClientContext context;
    v1::EvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    v1::EvaluateResponse response;
    return server.evaluations().Evaluate(&context, request, &response).error_code() ==
           grpc::StatusCode::UNAVAILABLE;
  }));
  EXPECT_EQ(waiting_code, -1);
  directory_.Write("slack/rules.pql",
                   "metric messages: number\nrule team { when messages >= 5 }\n");
  waiter.join();
  EXPECT_EQ(waiting_code, grpc::StatusCode::OK);
  EXPECT_EQ(server.process().Wait(), 0);
}

TEST_F(ServerLifecycleTest, CallThatOutlivesTheDrainTimeoutIsCutOff) {
  ServerProcess server(directory_.path(), {"--drain-timeout=0.3s"});
  std::thread waiter([&] {
    grpc::ClientContext context;
    v1::EvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    request.mutable_options()->set_min_revision(2);
    v1::EvaluateResponse response;
    EXPECT_FALSE(server.evaluations().Evaluate(&context, request, &response).ok());
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const auto begin = std::chrono::steady_clock::now();
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20))
      << "well before --max-revision-wait";
  waiter.join();
}

TEST_F(ServerLifecycleTest, NoAcceptedCallIsLostUnderLoad) {
  ServerProcess server(directory_.path());
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0};
  std::atomic<int> odd{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      while (!stop) {
        grpc::ClientContext context;
        v1::EvaluateRequest request;
        request.set_rule_set("ruleSets/slack");
        v1::EvaluateResponse response;
        const grpc::Status status = server.evaluations().Evaluate(&context, request, &response);
        if (status.ok()) {
          ++answered;
        } else if (status.error_code() != grpc::StatusCode::UNAVAILABLE) {
          ++odd;  // turned away is fine, anything else is a lost call
        }
      }
    });
  }
  ASSERT_TRUE(Eventually([&] { return answered > 100; }));
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(), 0);
  stop = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(odd, 0);
}

}  // namespace
}  // namespace pql
