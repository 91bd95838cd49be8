#include "engine/rule_set_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "engine/evaluation.h"
#include "store/memory_rule_store.h"
#include "tests/engine/engine_testing.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using ChangeKind = RuleSetChange::Kind;

constexpr char kTypo[] = "metric messages: number\nrule team { when mesages > 3 }\n";

std::string RulesWithLimit(int limit) {
  return StrCat("metric messages: number default 0\nrule team { when messages >= ", limit, " }\n",
                "rule other { when messages > 5 }\n");
}

class RuleSetManagerTest : public ::testing::Test {
 protected:
  const RuleSetState& State(const std::string& id) {
    held_ = manager_.snapshot();
    return *held_->Find(id);
  }
  std::vector<ChangeKind> Update(const absl::StatusOr<RuleTree>& tree) {
    kinds_.clear();
    manager_.Update(tree);
    return kinds_;
  }

  RuleSetManagerTest() {
    manager_.set_listener([this](const RuleSetChange& change) { kinds_.push_back(change.kind); });
  }

  FakeClock clock_;
  MemoryRuleStore store_{&clock_};
  Telemetry telemetry_{&clock_, 1'000};
  RuleSetManager manager_{CompileOptions(), &clock_, &store_, &telemetry_};
  std::vector<ChangeKind> kinds_;
  std::shared_ptr<const Snapshot> held_;
};

TEST_F(RuleSetManagerTest, StartsEmpty) { EXPECT_TRUE(manager_.snapshot()->rule_sets.empty()); }

TEST_F(RuleSetManagerTest, LoadsWhatCompiles) {
  EXPECT_THAT(Update(TreeOf({{"slack", kTeamRules}})), ElementsAre(ChangeKind::kLoaded));
  const RuleSetState& state = State("slack");
  EXPECT_EQ(state.revision, 1);
  EXPECT_EQ(state.load_time, clock_.Now());
  EXPECT_EQ(state.rule_set->checked.rules.size(), 4);
  EXPECT_EQ(state.failure, nullptr);
  EXPECT_EQ(manager_.snapshot()->Find("facebook"), nullptr);
}

TEST_F(RuleSetManagerTest, RevisionGrowsOnlyWithTheContent) {
  Update(TreeOf({{"slack", RulesWithLimit(1)}, {"facebook", RulesWithLimit(1)}}));
  const absl::Time loaded = clock_.Now();
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(Update(TreeOf({{"slack", RulesWithLimit(1)}, {"facebook", RulesWithLimit(1)}})),
              SizeIs(0));
  EXPECT_EQ(State("slack").revision, 1);
  EXPECT_EQ(State("slack").load_time, loaded);
  EXPECT_THAT(Update(TreeOf({{"slack", RulesWithLimit(2)}, {"facebook", RulesWithLimit(1)}})),
              ElementsAre(ChangeKind::kLoaded));
  EXPECT_EQ(State("slack").revision, 2);
  EXPECT_EQ(State("slack").load_time, clock_.Now());
  EXPECT_EQ(State("facebook").revision, 1);
}

TEST_F(RuleSetManagerTest, RuleKeepsTheRevisionInWhichItChanged) {
  Update(TreeOf({{"slack", RulesWithLimit(1)}}));
  Update(TreeOf({{"slack", RulesWithLimit(2)}}));
  const RuleSetState& state = State("slack");
  ASSERT_EQ(state.rule_set->checked.rules[0].name, "other");
  EXPECT_EQ(state.rule_origins[0].revision, 1);
  EXPECT_EQ(state.rule_origins[1].revision, 2);
}

TEST_F(RuleSetManagerTest, ErrorKeepsTheLastGoodVersionAndShowsTheFindings) {
  Update(TreeOf({{"slack", kTeamRules}}));
  const std::shared_ptr<const RuleSet> good = State("slack").rule_set;
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(Update(TreeOf({{"slack", kTypo}})), ElementsAre(ChangeKind::kFailed));
  const RuleSetState& state = State("slack");
  EXPECT_EQ(state.rule_set, good);
  EXPECT_EQ(state.revision, 1);
  ASSERT_NE(state.failure, nullptr);
  EXPECT_EQ(state.failure->time, clock_.Now());
  ASSERT_THAT(state.failure->diagnostics, SizeIs(1));
  EXPECT_THAT(state.failure->diagnostics[0].Message(), HasSubstr("mesages"));
  EXPECT_EQ(state.failure->rule_set->sources.file(0).name(), "slack/rules.pql");

  EXPECT_THAT(Update(TreeOf({{"slack", kTypo}})), SizeIs(0)) << "the same mistake, once";
  EXPECT_THAT(Update(TreeOf({{"slack", kTeamRules}})), ElementsAre(ChangeKind::kRecovered));
  EXPECT_EQ(State("slack").failure, nullptr);
  EXPECT_EQ(State("slack").revision, 1);
}

TEST_F(RuleSetManagerTest, CorrectionAfterAnErrorIsANewRevision) {
  Update(TreeOf({{"slack", RulesWithLimit(1)}}));
  Update(TreeOf({{"slack", kTypo}}));
  EXPECT_THAT(Update(TreeOf({{"slack", RulesWithLimit(2)}})), ElementsAre(ChangeKind::kLoaded));
  EXPECT_EQ(State("slack").revision, 2);
  EXPECT_EQ(State("slack").failure, nullptr);
}

TEST_F(RuleSetManagerTest, RuleSetThatNeverCompiledIsShownAndForgotten) {
  EXPECT_THAT(Update(TreeOf({{"slack", kTypo}})), ElementsAre(ChangeKind::kFailed));
  EXPECT_EQ(State("slack").rule_set, nullptr);
  EXPECT_EQ(State("slack").revision, 0);
  EXPECT_THAT(Update(RuleTree()), ElementsAre(ChangeKind::kForgotten));
  EXPECT_EQ(manager_.snapshot()->Find("slack"), nullptr);
}

TEST_F(RuleSetManagerTest, RemovedAndUnreadableFilesKeepTheLastGoodVersion) {
  Update(TreeOf({{"slack", kTeamRules}}));
  EXPECT_THAT(Update(RuleTree()), ElementsAre(ChangeKind::kFailed));
  EXPECT_THAT(State("slack").failure->error, HasSubstr("are gone"));
  RuleTree unreadable;
  unreadable.emplace("slack", absl::PermissionDeniedError("slack/rules.pql: no access"));
  EXPECT_THAT(Update(unreadable), ElementsAre(ChangeKind::kFailed));
  EXPECT_EQ(State("slack").failure->error, "slack/rules.pql: no access");
  EXPECT_THAT(Update(absl::NotFoundError("rules: does not exist")),
              ElementsAre(ChangeKind::kFailed));
  EXPECT_EQ(State("slack").failure->error, "rules: does not exist");
  EXPECT_EQ(State("slack").revision, 1);
  EXPECT_EQ(State("slack").rule_set->checked.rules.size(), 4);
  EXPECT_THAT(Update(TreeOf({{"slack", kTeamRules}})), ElementsAre(ChangeKind::kRecovered));
}

TEST_F(RuleSetManagerTest, SnapshotStaysAsItWas) {
  Update(TreeOf({{"slack", RulesWithLimit(1)}}));
  const std::shared_ptr<const Snapshot> before = manager_.snapshot();
  Update(TreeOf({{"slack", RulesWithLimit(2)}}));
  EXPECT_EQ(before->Find("slack")->revision, 1);
  EXPECT_EQ(manager_.snapshot()->Find("slack")->revision, 2);
}

TEST_F(RuleSetManagerTest, WaitersAreCalledOnceWhenTheRevisionIsThere) {
  int called = 0;
  const auto waiter = manager_.board().WhenRevision("slack", 2, [&called] { ++called; });
  ASSERT_TRUE(waiter.has_value());
  Update(TreeOf({{"slack", RulesWithLimit(1)}}));
  EXPECT_EQ(called, 0);
  Update(TreeOf({{"slack", kTypo}}));
  EXPECT_EQ(called, 0);
  Update(TreeOf({{"slack", RulesWithLimit(2)}}));
  EXPECT_EQ(called, 1);
  Update(TreeOf({{"slack", RulesWithLimit(3)}}));
  EXPECT_EQ(called, 1);
  EXPECT_FALSE(manager_.board().CancelWaiter(*waiter));
  EXPECT_FALSE(manager_.board().WhenRevision("slack", 3, [&called] { ++called; }).has_value());
  EXPECT_EQ(called, 1);
}

TEST_F(RuleSetManagerTest, CancelledWaiterIsNotCalled) {
  int called = 0;
  const auto waiter = manager_.board().WhenRevision("slack", 1, [&called] { ++called; });
  EXPECT_TRUE(manager_.board().CancelWaiter(*waiter));
  Update(TreeOf({{"slack", RulesWithLimit(1)}}));
  EXPECT_EQ(called, 0);
}

// A reader sees one whole version, whatever is loaded meanwhile: in each, the rules qualify at the
// revision's own threshold and not below it.
TEST_F(RuleSetManagerTest, ReadersSeeWholeVersionsWhileWritersLoad) {
  constexpr int kRevisions = 40;
  Update(TreeOf({{"slack", RulesWithLimit(1)}}));
  std::atomic<bool> done{false};
  std::atomic<int> evaluated{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([this, &done, &evaluated] {
      int64_t latest = 0;
      while (!done || evaluated == 0) {
        auto session = EvaluationSession::Begin(manager_.snapshot(), {.rule_set = "slack"}, clock_);
        ASSERT_TRUE(session.ok()) << session.status();
        ASSERT_GE(session->revision(), latest);
        latest = session->revision();
        Account account(session->checked());
        const uint32_t metric = *session->checked().FindMetric("messages");
        const uint32_t rule = *session->checked().FindRule("team");
        account.Set(metric, Value::Number(static_cast<double>(latest)));
        ASSERT_EQ(session->Run(account, {}).rules[rule].outcome, Outcome::kQualified);
        account.Set(metric, Value::Number(static_cast<double>(latest) - 1));
        ASSERT_EQ(session->Run(account, {}).rules[rule].outcome, Outcome::kNotQualified);
        ++evaluated;
      }
    });
  }
  for (int limit = 2; limit <= kRevisions; ++limit) {
    Update(TreeOf({{"slack", RulesWithLimit(limit)}}));
    if (limit % 5 == 0) Update(TreeOf({{"slack", kTypo}}));
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(State("slack").revision, kRevisions);
  EXPECT_GT(evaluated, 0);
}

}  // namespace
}  // namespace pql
