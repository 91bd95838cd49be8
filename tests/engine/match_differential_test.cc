// What an evaluation that asks for matches answers, by the predicate index, against the reference
// interpreter, on random rule sets and accounts.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "engine/engine.h"
#include "engine/evaluation.h"
#include "engine/rule_changes.h"
#include "engine/rule_set_manager.h"
#include "eval/interpreter.h"
#include "eval/plan/rule_index.h"
#include "store/memory_rule_store.h"
#include "tests/engine/engine_testing.h"
#include "tests/testing/random_rule_set.h"

namespace pql {
namespace {

using testing::Random;

struct Seen {
  size_t reported = 0;
  size_t left_out = 0;
  size_t incomplete = 0;
};

std::vector<std::string> NamesOf(const CheckedRuleSet& rule_set, const std::vector<bool>& held) {
  std::vector<std::string> names;
  for (size_t i = 0; i < held.size(); ++i) {
    if (held[i]) names.push_back(rule_set.rules[i].name);
  }
  return names;
}

void ExpectSameRules(const CheckedRuleSet& rule_set, const std::vector<ReportedRule>& reported,
                     const Evaluation& expected, RuleMode mode, Seen* seen) {
  size_t next = 0;
  for (uint32_t i = 0; i < rule_set.rules.size(); ++i) {
    if (rule_set.rules[i].mode != mode) continue;
    if (expected.rules[i].outcome != Outcome::kQualified) {
      ++seen->left_out;
      continue;
    }
    ASSERT_LT(next, reported.size()) << rule_set.rules[i].name << " is not reported";
    ASSERT_EQ(reported[next].rule, i) << rule_set.rules[i].name;
    EXPECT_EQ(reported[next].result.outcome, Outcome::kQualified);
    EXPECT_EQ(reported[next].result.score, expected.rules[i].score) << rule_set.rules[i].name;
    ++next;
    ++seen->reported;
  }
  EXPECT_EQ(next, reported.size());
}

void ExpectAsTheInterpreter(const EvaluationSession& session, const Account& account,
                            const std::vector<bool>& held, Seen* seen) {
  ASSERT_TRUE(session.wants_matches_only());
  const CheckedRuleSet& rule_set = session.checked();
  const auto result =
      session.RunInDetail(account, NamesOf(rule_set, held), [] { return absl::OkStatus(); });
  ASSERT_TRUE(result.ok()) << result.status();
  const Evaluation expected = Evaluate(rule_set, {&account, session.now(), held});
  ExpectSameRules(rule_set, result->rules, expected, RuleMode::kActive, seen);
  ExpectSameRules(rule_set, result->shadow_rules, expected, RuleMode::kShadow, seen);
  EXPECT_EQ(result->stage, expected.stage);
  for (size_t i = 0; i < rule_set.defines.size(); ++i) {
    if (!rule_set.defines[i].is_output) continue;
    EXPECT_EQ(result->defines[i].value, expected.defines[i].value) << rule_set.defines[i].name;
  }
  for (size_t i = 0; i < rule_set.scorecards.size(); ++i) {
    EXPECT_EQ(result->scorecards[i].value, expected.scorecards[i].value);
    EXPECT_EQ(result->scorecards[i].incomplete, expected.scorecards[i].incomplete);
    EXPECT_EQ(result->scorecards[i].missing, expected.scorecards[i].missing);
    seen->incomplete += expected.scorecards[i].incomplete ? 1 : 0;
  }
}

TEST(MatchDifferential, AsTheInterpreter) {
  const uint64_t seed = testing::TestSeed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  FakeClock clock;
  Seen seen;
  for (int i = 0; i < 6 * testing::CasesFactor(); ++i) {
    Random random(seed + static_cast<uint64_t>(i));
    MemoryRuleStore store(&clock);
    Telemetry telemetry(&clock, 1'000);
    RuleSetManager manager(CompileOptions(), &clock, &store, &telemetry);
    const testing::RandomRuleSetOptions options{
        .metrics = 12, .scorecards = 2, .rules = random.Of({20, 150, 600}), .max_depth = 3};
    manager.Update(TreeOf({{"many", testing::RandomRuleSetSource(&random, options)}}));
    const RuleSetState* state = manager.snapshot()->Find("many");
    ASSERT_TRUE(state != nullptr && state->rule_set != nullptr);
    EXPECT_EQ(state->rule_set->index != nullptr, options.rules > 20);
    for (int k = 0; k < 30; ++k) {
      const auto session = EvaluationSession::Begin(
          manager.snapshot(), {.rule_set = "many", .now = testing::RandomNow(&random)}, clock);
      ASSERT_TRUE(session.ok()) << session.status();
      const Account account = testing::RandomAccount(
          &random, session->checked(), {.missing_percent = random.Of({0, 10, 40, 100})});
      ExpectAsTheInterpreter(*session, account, testing::RandomHeld(&random, session->checked()),
                             &seen);
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(seen.reported, seen.left_out / 20);
  EXPECT_GT(seen.incomplete, 0u);
}

TEST(MatchDifferential, SelectedRulesOnly) {
  FakeClock clock;
  MemoryRuleStore store(&clock);
  Telemetry telemetry(&clock, 1'000);
  RuleSetManager manager(CompileOptions(), &clock, &store, &telemetry);
  std::string source = "metric m: number\nstages low < high\n";
  for (int i = 100; i < 300; ++i) {
    source += "rule r" + std::to_string(i) + " { stage high  when m >= " + std::to_string(i) + " }";
  }
  manager.Update(TreeOf({{"many", source}}));
  const auto session = EvaluationSession::Begin(
      manager.snapshot(), {.rule_set = "many", .rules = {"r250", "r120", "r110"}}, clock);
  ASSERT_TRUE(session.ok()) << session.status();
  ASSERT_NE(session->rule_set().index, nullptr);
  Account account(session->checked());
  account.Set(0, Value::Number(115));
  const auto result = session->RunInDetail(account, {}, [] { return absl::OkStatus(); });
  ASSERT_EQ(result->rules.size(), 1u);
  EXPECT_EQ(session->checked().rules[result->rules[0].rule].name, "r110");
  EXPECT_EQ(result->stage, 1u) << "that of the whole rule set";
}

// Readers are answered by the revision that they took, whole, while rules change and what evaluates
// them is made anew behind their backs.
TEST(MatchDifferential, WhileRulesChange) {
  constexpr int kFiles = 60;
  const uint64_t seed = testing::TestSeed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  FakeClock clock;
  Engine engine(Limits(), &clock);
  const auto frame = [] {
    return ChangeFrame{.rule_set = "many",
                       .encode = [](const ChangeResult&) { return std::string(); }};
  };
  // Ten rules a file; in `changed` files each has another threshold.
  const auto files = [](int changed, int threshold) {
    std::vector<SourceText> sources = {
        {"metrics.pql", "metric m: number\nmetric plan: string\nstages low < high\n"}};
    for (int file = 0; file < kFiles; ++file) {
      std::string text;
      for (int i = 0; i < 10; ++i) {
        StrAppend(&text, "rule r", file * 10 + i,
                  " { stage low  when m >= ", file < changed ? threshold + i : file + i,
                  " or plan == \"p", file % 7, "\" }\n");
      }
      sources.push_back({StrCat("f", file, ".pql"), text});
    }
    return sources;
  };
  ASSERT_TRUE(ApplyRuleSet(&engine, frame(), files(0, 0)).status.ok());

  std::atomic<bool> done{false};
  std::atomic<int> answers{0};
  const auto read = [&](uint64_t reader) {
    Random random(seed + reader);
    Seen seen;
    while (!done || answers < 20) {
      const auto session =
          EvaluationSession::Begin(engine.rule_sets().snapshot(), {.rule_set = "many"}, clock);
      ASSERT_TRUE(session.ok()) << session.status();
      Account account(session->checked());
      if (!random.OneIn(4)) account.Set(0, Value::Number(random.Between(0, 120)));
      if (!random.OneIn(4)) {
        account.Set(1, Value::String(StrCat(random.Of({"p", "new"}), random.Below(8))));
      }
      ExpectAsTheInterpreter(*session, account, {}, &seen);
      ++answers;
      if (::testing::Test::HasFailure()) return;
    }
  };
  std::vector<std::thread> readers;
  for (uint64_t reader = 0; reader < 2; ++reader) readers.emplace_back(read, reader);
  for (int i = 0; i < 4; ++i) {
    const std::string name = StrCat("new", i);
    EXPECT_TRUE(ApplyRuleSet(&engine, frame(), files(5, 40 + i)).status.ok());
    EXPECT_TRUE(
        CreateRule(&engine, frame(),
                   {.rule = name, .fields = {.when = StrCat("plan == \"new", i, "\" and r3")}})
            .status.ok());
    EXPECT_TRUE(
        UpdateRule(&engine, frame(), {.rule = name, .fields = {.when = "m > 7"}, .mask = {"when"}})
            .status.ok());
    if (i % 2 == 0) {
      EXPECT_TRUE(DeleteRule(&engine, frame(), name, "").status.ok());
    }
  }
  // The pieces that changes leave become a whole again, in its own time.
  const auto is_whole = [&engine] {
    return engine.rule_sets().snapshot()->Find("many")->rule_set->index->loose_rules() <= 37;
  };
  for (int i = 0; i < 600 && !is_whole(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_TRUE(is_whole());
  done = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace pql
