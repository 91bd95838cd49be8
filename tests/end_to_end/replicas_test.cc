// Several pqld on one PostgreSQL: a change through one is in force on the others, whatever happens
// to the database meanwhile.  PQL_CASES_FACTOR=10 is the full run.

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/end_to_end/calls.h"
#include "tests/end_to_end/server_process.h"
#include "tests/testing/postgres_server.h"
#include "tests/testing/random.h"

namespace pql {
namespace {

using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ReplicasTest : public ::testing::Test {
 protected:
  static constexpr int kReplicas = 3;

  void SetUp() override {
    ASSERT_TRUE(database_.ok());
    static int databases = 0;
    database_name_ = "replicas_" + std::to_string(databases++);
    database_.Execute("CREATE DATABASE " + database_name_);
    store_flag_ = "--store=postgres:" + database_.conninfo() + " dbname=" + database_name_;
  }
  void StartReplicas(const std::string& rules = "") {
    for (int i = 0; i < kReplicas; ++i) replicas_.push_back(StartReplica(rules));
  }
  std::unique_ptr<ServerProcess> StartReplica(const std::string& rules = "") const {
    return std::make_unique<ServerProcess>(rules, std::vector<std::string>{store_flag_});
  }
  ServerProcess& Replica(int64_t i) { return *replicas_[static_cast<size_t>(i % kReplicas)]; }

  // Whether an account with so many messages qualifies, by `min_revision` or a later one.
  static grpc::Status Evaluate(ServerProcess& replica, const std::string& rule_set,
                               int64_t messages, int64_t min_revision, bool* qualifies) {
    v1::EvaluateRequest request = RequestWithMessages(rule_set, static_cast<double>(messages));
    request.mutable_options()->set_min_revision(min_revision);
    v1::EvaluateResponse response;
    const grpc::Status status = pql::Evaluate(replica, request, &response);
    *qualifies = response.evaluation().rules_size() == 1;
    EXPECT_TRUE(!status.ok() || response.revision() >= min_revision);
    return status;
  }
  // That the replica answers by the rules with this limit, or by later ones.
  static void ExpectLimit(ServerProcess& replica, const std::string& rule_set, int64_t limit,
                          int64_t revision) {
    bool qualifies = false;
    grpc::Status status = Evaluate(replica, rule_set, limit, revision, &qualifies);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_TRUE(qualifies) << "limit " << limit << ", revision " << revision;
    status = Evaluate(replica, rule_set, limit - 1, revision, &qualifies);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_FALSE(qualifies) << "answered by an older rule than revision " << revision;
  }
  // What the replica has of the rule set; 0: nothing yet.
  static int64_t RevisionOf(ServerProcess& replica, const std::string& rule_set) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::GetRuleSetRequest request;
    request.set_name(rule_set);
    v1::GetRuleSetResponse response;
    const grpc::Status status = replica.rules().GetRuleSet(&context, request, &response);
    EXPECT_TRUE(status.ok() || status.error_code() == grpc::StatusCode::NOT_FOUND)
        << status.error_message();
    return response.rule_set().revision();
  }
  bool AllReach(const std::string& rule_set, int64_t revision) {
    return Eventually([&] {
      return std::all_of(replicas_.begin(), replicas_.end(), [&](const auto& replica) {
        return RevisionOf(*replica, rule_set) == revision;
      });
    });
  }

  PostgresServer& database_ = PostgresServer::Shared();
  std::string database_name_;
  std::string store_flag_;
  std::vector<std::unique_ptr<ServerProcess>> replicas_;
};

TEST_F(ReplicasTest, AChangeThroughOneIsAnsweredByTheOthersAtOnce) {
  StartReplicas();
  const int pushes = 1'000 * testing::CasesFactor();
  std::atomic<int> pushed{0};
  std::vector<std::thread> clients;
  for (int client = 0; client < kReplicas; ++client) {
    clients.emplace_back([&, client] {
      const std::string rule_set = "ruleSets/of_client_" + std::to_string(client);
      for (int64_t i = 1; pushed++ < pushes; ++i) {
        int64_t revision = 0;
        const grpc::Status status =
            Push(Replica(client + i), rule_set, RulesWithLimit(i), &revision);
        ASSERT_TRUE(status.ok()) << status.error_message();
        ASSERT_EQ(revision, i);
        for (int other = 1; other < kReplicas; ++other) {
          ExpectLimit(Replica(client + i + other), rule_set, i, revision);
          if (HasFatalFailure()) return;
        }
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

TEST_F(ReplicasTest, EveryReplicaFollowsWithinASecond) {
  StartReplicas();
  std::vector<steady_clock::duration> times;
  for (int64_t i = 1; i <= 21; ++i) {
    int64_t revision = 0;
    ASSERT_TRUE(Push(Replica(i), "ruleSets/slack", RulesWithLimit(i), &revision).ok());
    const auto begin = steady_clock::now();
    for (int other = 1; other < kReplicas; ++other) {
      while (RevisionOf(Replica(i + other), "ruleSets/slack") < revision) {
        ASSERT_LT(steady_clock::now() - begin, kPatience);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
    times.push_back(steady_clock::now() - begin);
  }
  std::sort(times.begin(), times.end());
  // Of a busy machine the median, which is some milliseconds on an idle one.
  EXPECT_LT(times[times.size() / 2], std::chrono::seconds(1));
}

TEST_F(ReplicasTest, WritersThroughAllReplicasLoseNothing) {
  StartReplicas();
  int64_t revision = 0;
  ASSERT_TRUE(Push(Replica(0), "ruleSets/slack", RulesWithLimit(1), &revision).ok());
  constexpr int kRules = 20;
  std::vector<std::thread> clients;
  for (int client = 0; client < kReplicas; ++client) {
    clients.emplace_back([&, client] {
      for (int i = 0; i < kRules; ++i) {
        grpc::Status status;
        do {
          grpc::ClientContext context;
          SetDeadline(&context);
          v1::CreateRuleRequest request;
          request.set_parent("ruleSets/slack");
          request.set_rule_id("rule_" + std::to_string(client) + "_" + std::to_string(i));
          request.mutable_rule()->set_when("messages > " + std::to_string(i));
          v1::CreateRuleResponse response;
          status = Replica(client).rules().CreateRule(&context, request, &response);
        } while (status.error_code() == grpc::StatusCode::ABORTED);
        ASSERT_TRUE(status.ok()) << status.error_message();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  ASSERT_TRUE(AllReach("ruleSets/slack", 1 + kReplicas * kRules));
  for (int i = 0; i < kReplicas; ++i) {
    EXPECT_EQ(Replica(i).GetRuleSet("ruleSets/slack").active_rule_count(), 1 + kReplicas * kRules);
  }
}

TEST_F(ReplicasTest, Row24StoppedDatabaseStopsChangesOnly) {
  StartReplicas();
  int64_t revision = 0;
  ASSERT_TRUE(Push(Replica(0), "ruleSets/slack", RulesWithLimit(10), &revision).ok());
  ASSERT_TRUE(AllReach("ruleSets/slack", revision));

  std::atomic<bool> done{false};
  std::atomic<int> evaluated{0}, failed{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kReplicas; ++caller) {
    callers.emplace_back([&, caller] {
      while (!done) {
        bool qualifies = false;
        const grpc::Status status = Evaluate(Replica(caller), "ruleSets/slack", 10, 0, &qualifies);
        ++evaluated;
        if (!status.ok() || !qualifies) ++failed;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
    });
  }
  database_.StopImmediately();
  const auto end = steady_clock::now() + std::chrono::seconds(6) * testing::CasesFactor();
  while (steady_clock::now() < end) {
    for (int i = 0; i < kReplicas; ++i) {
      int64_t ignored = 0;
      const grpc::Status status = Push(Replica(i), "ruleSets/slack", RulesWithLimit(5), &ignored);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
  for (int i = 0; i < kReplicas; ++i) {
    EXPECT_EQ(Replica(i).Health(""), 1) << "it serves";
    EXPECT_EQ(Replica(i).Health("pql.store"), 2) << "and says what it can't do";
  }
  ASSERT_TRUE(database_.Start());
  EXPECT_TRUE(Eventually(
      [&] { return Push(Replica(1), "ruleSets/slack", RulesWithLimit(5), &revision).ok(); }));
  EXPECT_TRUE(AllReach("ruleSets/slack", revision));
  EXPECT_TRUE(Eventually([&] { return Replica(2).Health("pql.store") == 1; }));
  done = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failed, 0) << "of " << evaluated;
  EXPECT_GT(evaluated, 100);
  for (int i = 0; i < kReplicas; ++i) ExpectLimit(Replica(i), "ruleSets/slack", 5, revision);
}

TEST_F(ReplicasTest, Row24KilledConnectionsLoseNoChange) {
  StartReplicas();
  for (int64_t i = 1; i <= 50; ++i) {
    // Between two calls, or in the middle of one: notifications are lost with their connections.
    std::thread killer([this] {
      database_.Execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
          " WHERE application_name = 'pqld'");
    });
    int64_t revision = 0;
    grpc::Status status;
    do {
      status = Push(Replica(i), "ruleSets/slack", RulesWithLimit(i), &revision,
                    "00000000-0000-4000-8000-" + std::to_string(100'000'000'000 + i));
    } while (status.error_code() == grpc::StatusCode::UNAVAILABLE);
    killer.join();
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(revision, i) << "a retried change is one change";
    ExpectLimit(Replica(i + 1), "ruleSets/slack", i, revision);
    ExpectLimit(Replica(i + 2), "ruleSets/slack", i, revision);
    if (HasFatalFailure()) return;
  }
}

TEST_F(ReplicasTest, Row24LostNotificationIsMadeUpForByPolling) {
  StartReplicas();
  int64_t revision = 0;
  for (int64_t i = 1; i <= 5; ++i) {
    ASSERT_TRUE(Push(Replica(0), "ruleSets/slack", RulesWithLimit(10 * i), &revision).ok());
    ASSERT_TRUE(AllReach("ruleSets/slack", revision));
    // The first one's content once more, committed by somebody who notifies nobody.
    const std::string next = std::to_string(++revision);
    database_.Execute(database_name_,
                      "INSERT INTO pql.revision SELECT rule_set, " + next +
                          ", digest, create_time, cause, author, peer, comment, rolled_back_to"
                          " FROM pql.revision WHERE number = 1;"
                          "UPDATE pql.source_span SET until = " +
                          next +
                          " WHERE until IS NULL;"
                          "INSERT INTO pql.source_span SELECT rule_set, path, api_managed, " +
                          next +
                          ", NULL, language, hash FROM pql.source_span WHERE first = 1;"
                          "UPDATE pql.rule_set SET latest = " +
                          next);
    ASSERT_TRUE(AllReach("ruleSets/slack", revision));
    for (int replica = 0; replica < kReplicas; ++replica) {
      ExpectLimit(Replica(replica), "ruleSets/slack", 10, revision);
    }
  }
}

TEST_F(ReplicasTest, AReplicaThatWasAwayHasEverything) {
  StartReplicas();
  int64_t revision = 0;
  ASSERT_TRUE(Push(Replica(0), "ruleSets/slack", RulesWithLimit(10), &revision).ok());
  Replica(1).process().Signal(SIGKILL);
  Replica(1).process().Wait();
  ASSERT_TRUE(Push(Replica(0), "ruleSets/slack", RulesWithLimit(20), &revision).ok());
  replicas_[1] = StartReplica();
  ExpectLimit(Replica(1), "ruleSets/slack", 20, 0);
  ASSERT_TRUE(Push(Replica(1), "ruleSets/slack", RulesWithLimit(30), &revision).ok());
  ExpectLimit(Replica(0), "ruleSets/slack", 30, revision);
  EXPECT_EQ(revision, 3);
}

TEST_F(ReplicasTest, TheSameFilesAreOneRevisionWhoeverSeesThem) {
  const TempDirectory rules;
  rules.Write("slack/rules.pql", RulesWithLimit(10));
  StartReplicas(rules.path());
  ASSERT_TRUE(AllReach("ruleSets/slack", 1));
  rules.Write("slack/rules.pql", RulesWithLimit(20));
  ASSERT_TRUE(AllReach("ruleSets/slack", 2));
  for (int i = 0; i < kReplicas; ++i) {
    EXPECT_THAT(Replica(i).Qualifies("ruleSets/slack", 20), ElementsAre("team"));
    EXPECT_THAT(Replica(i).Qualifies("ruleSets/slack", 19), IsEmpty());
  }
}

// Replicas that come back at their old address, and clients who share their calls among them.
class RoundRobinTest : public ReplicasTest, public ::testing::WithParamInterface<size_t> {
 protected:
  void SetUp() override {
    ReplicasTest::SetUp();
    std::string target = "ipv4:";
    for (size_t i = 0; i < GetParam(); ++i) {
      replicas_.push_back(StartAt("0"));
      addresses_.push_back("127.0.0.1:" + replicas_.back()->port());
      target += (i > 0 ? "," : "") + addresses_.back();
    }
    grpc::ChannelArguments arguments;
    arguments.SetLoadBalancingPolicyName("round_robin");
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 50);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
    evaluations_ = v1::EvaluationService::NewStub(
        grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
  }
  std::unique_ptr<ServerProcess> StartAt(const std::string& port) const {
    return std::make_unique<ServerProcess>(
        "", std::vector<std::string>{store_flag_, "--listen=127.0.0.1:" + port});
  }
  // Through the round robin; again when a replica goes away under the call.  Who answered is noted.
  v1::EvaluateResponse EvaluateSomewhere(int64_t messages, int64_t min_revision) {
    v1::EvaluateRequest request =
        RequestWithMessages("ruleSets/slack", static_cast<double>(messages));
    request.mutable_options()->set_min_revision(min_revision);
    v1::EvaluateResponse response;
    grpc::Status status;
    do {
      grpc::ClientContext context;
      SetDeadline(&context);
      context.set_wait_for_ready(true);
      status = evaluations_->Evaluate(&context, request, &response);
      if (status.ok()) ++answers_[context.peer()];
    } while (status.error_code() == grpc::StatusCode::UNAVAILABLE);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  // Whether each replica answers some of the calls, by a revision that there is.
  bool AllAnswer(int64_t revision) {
    answers_.clear();
    return Eventually([&] {
      EvaluateSomewhere(1, revision);
      return answers_.size() == GetParam();
    });
  }

  std::vector<std::string> addresses_;
  std::map<std::string, int> answers_;  // by address, since it was cleared
  std::unique_ptr<v1::EvaluationService::Stub> evaluations_;
};

// A change through any replica, then evaluations through all of them: none is answered by an older
// rule, while one replica dies and comes back.
TEST_P(RoundRobinTest, ReadsItsWritesWhileAReplicaDiesAndComesBack) {
  int64_t revision = 0;
  int64_t limit = 0;
  const auto push_and_evaluate = [&](size_t through) {
    ++limit;
    const std::string id = "00000000-0000-4000-8000-" + std::to_string(100'000'000'000 + limit);
    ASSERT_TRUE(
        Push(*replicas_[through], "ruleSets/slack", RulesWithLimit(limit), &revision, id).ok());
    ASSERT_EQ(revision, limit);
    for (size_t call = 0; call < 2 * GetParam(); ++call) {
      const v1::EvaluateResponse response =
          EvaluateSomewhere(call % 2 == 0 ? limit : limit - 1, revision);
      ASSERT_GE(response.revision(), revision);
      ASSERT_EQ(response.evaluation().rules_size(), call % 2 == 0 ? 1 : 0)
          << "answered by an older rule than revision " << revision;
    }
  };
  push_and_evaluate(0);
  ASSERT_TRUE(AllAnswer(revision));
  for (size_t round = 0; round < 2 * GetParam(); ++round) {
    const size_t dies = round % GetParam();
    const size_t lives = (dies + 1) % GetParam();
    std::thread killer([&] { replicas_[dies]->process().Signal(SIGKILL); });
    for (int i = 0; i < 10 && !HasFatalFailure(); ++i) push_and_evaluate(lives);
    killer.join();
    replicas_[dies]->process().Wait();
    for (int i = 0; i < 10 && !HasFatalFailure(); ++i) push_and_evaluate(lives);
    replicas_[dies] = StartAt(replicas_[dies]->port());
    for (int i = 0; i < 10 && !HasFatalFailure(); ++i) push_and_evaluate(i % 2 == 0 ? dies : lives);
    if (HasFatalFailure()) return;
    ASSERT_TRUE(AllAnswer(revision)) << "the one that came back gets its share again";
  }
}

INSTANTIATE_TEST_SUITE_P(Replicas, RoundRobinTest, ::testing::Values(2, 3),
                         ::testing::PrintToStringParamName());

TEST_F(ReplicasTest, WithoutADatabaseNoServerStarts) {
  Subprocess server({Program("pqld"), "--listen=localhost:0",
                     "--store=postgres:host=/nowhere dbname=pql password=hunter2"});
  EXPECT_EQ(server.Wait(), 2);
  EXPECT_THAT(server.Err(), HasSubstr("host=/nowhere"));
  EXPECT_THAT(server.Err(), ::testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace pql
