// Start, refusal to start and drained stop of pqld: row 26 of README.md, "What hostile input gets".

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

// A call that runs until the rule set has revision 2: on a server with --max-in-flight=1, so that
// another call tells whether this one is in.
class RunningCall {
 public:
  explicit RunningCall(ServerProcess* server) : server_(*server) {
    thread_ = std::thread([this] {
      grpc::StatusCode code = Evaluate(2);
      while (code == grpc::StatusCode::RESOURCE_EXHAUSTED) code = Evaluate(2);
      code_ = code;
    });
    EXPECT_TRUE(Eventually([this] { return Evaluate(0) == grpc::StatusCode::RESOURCE_EXHAUSTED; }));
  }
  ~RunningCall() { Join(); }
  RunningCall(const RunningCall&) = delete;
  RunningCall& operator=(const RunningCall&) = delete;

  grpc::StatusCode Evaluate(int64_t min_revision) {
    grpc::ClientContext context;
    v1::EvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    request.mutable_options()->set_min_revision(min_revision);
    v1::EvaluateResponse response;
    return server_.evaluations().Evaluate(&context, request, &response).error_code();
  }
  bool is_running() const { return code_ == -1; }
  int Join() {
    if (thread_.joinable()) thread_.join();
    return code_;
  }

 private:
  ServerProcess& server_;
  std::atomic<int> code_{-1};
  std::thread thread_;
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
  Subprocess second({Program("pqld"), "--rules=" + directory_.path(), "--store=memory",
                     "--listen=" + server.address()});
  EXPECT_EQ(second.Wait(), 2);
  EXPECT_THAT(second.Err(), HasSubstr("cannot listen on " + server.address()));
  EXPECT_THAT(server.Qualifies("ruleSets/slack", 10), ::testing::ElementsAre("team"));
}

TEST_F(ServerLifecycleTest, BadFlagsAndDirectoriesEndWithTwo) {
  Subprocess flag({Program("pqld"), "--no-such-flag"});
  EXPECT_EQ(flag.Wait(), 2);
  EXPECT_THAT(flag.Err(), HasSubstr("--no-such-flag"));
  Subprocess one_level_too_deep({Program("pqld"), "--rules=" + directory_.Path("slack"),
                                 "--store=memory", "--listen=localhost:0"});
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
  ServerProcess server(directory_.path(), {"--max-in-flight=1"});
  for (const char* service : {"", "pql.v1.EvaluationService", "pql.v1.RuleService"}) {
    EXPECT_EQ(server.Health(service), 1) << service;
  }
  RunningCall call(&server);
  server.process().Signal(SIGTERM);
  server.process().Signal(SIGTERM);
  ASSERT_TRUE(Eventually([&] { return call.Evaluate(0) == grpc::StatusCode::UNAVAILABLE; }));
  EXPECT_TRUE(call.is_running());
  for (const char* service : {"", "pql.v1.EvaluationService", "pql.v1.RuleService"}) {
    EXPECT_EQ(server.Health(service), 2) << service;
  }
  directory_.Write("slack/rules.pql",
                   "metric messages: number\nrule team { when messages >= 5 }\n");
  EXPECT_EQ(call.Join(), grpc::StatusCode::OK);
  EXPECT_EQ(server.process().Wait(), 0);
}

// A stream without end of its own does not keep the server from stopping; what it asked is
// answered.
TEST_F(ServerLifecycleTest, StreamsAreAnsweredAndEndedAtTheStop) {
  ServerProcess server(directory_.path(), {"--max-streams=2"});
  grpc::ClientContext contexts[3];
  v1::StreamEvaluateRequest request;
  request.set_rule_set("ruleSets/slack");
  v1::StreamEvaluateResponse response;
  const auto idle = server.evaluations().StreamEvaluate(&contexts[0]);
  ASSERT_TRUE(idle->Write(request));
  ASSERT_TRUE(idle->Read(&response));
  EXPECT_TRUE(response.has_response());
  const auto busy = server.evaluations().StreamEvaluate(&contexts[1]);
  ASSERT_TRUE(busy->Write(request));
  ASSERT_TRUE(busy->Read(&response));
  const auto third = server.evaluations().StreamEvaluate(&contexts[2]);
  EXPECT_FALSE(third->Read(&response));
  const grpc::Status refused = third->Finish();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(), HasSubstr("--max-streams=2"));

  std::thread caller([&busy, &request] {
    while (busy->Write(request)) {
    }
  });
  server.process().Signal(SIGTERM);
  while (busy->Read(&response)) EXPECT_TRUE(response.has_response());
  caller.join();
  EXPECT_EQ(busy->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(idle->Read(&response));
  EXPECT_EQ(idle->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(server.process().Wait(), 0);
  EXPECT_EQ(server.CountLog("calls cut off at the end of --drain-timeout"), 0);
}

TEST_F(ServerLifecycleTest, CallThatOutlivesTheDrainTimeoutIsCutOff) {
  ServerProcess server(directory_.path(),
                       {"--max-in-flight=1", "--drain-timeout=0.3s", "--max-revision-wait=10m"});
  RunningCall call(&server);
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(), 0);
  EXPECT_NE(call.Join(), grpc::StatusCode::OK);
  EXPECT_EQ(server.CountLog("calls cut off at the end of --drain-timeout"), 1);
}

TEST_F(ServerLifecycleTest, Row26NoAcceptedCallIsLostUnderLoad) {
  ServerProcess server(directory_.path());
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0};
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
        } else {
          // Turned away by us, or, after the end, by gRPC itself.
          EXPECT_THAT(status.error_code(),
                      ::testing::AnyOf(grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::CANCELLED));
        }
      }
    });
  }
  ASSERT_TRUE(Eventually([&] { return answered > 100; }));
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(), 0);
  stop = true;
  for (std::thread& client : clients) client.join();
  // Whatever the server evaluated has reached its caller.
  EXPECT_EQ(server.LogField("stopped", "accounts_evaluated"), std::to_string(answered));
}

}  // namespace
}  // namespace pql
