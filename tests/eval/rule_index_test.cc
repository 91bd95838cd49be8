// The predicate index against the plan, over rule sets of many rules: several blocks, metrics of
// more segments than there are tables for, rules changed by what is missing, and each width of the
// machine's instructions.  (Small rule sets of the whole language: plan_differential_test.)

#include "eval/plan/rule_index.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "gtest/gtest.h"
#include "ruleset/rule_set.h"
#include "tests/testing/random_rule_set.h"
#include "tests/testing/rule_set_cases.h"

namespace pql {
namespace {

using testing::Random;
using testing::RandomRuleSetOptions;

// How often each outcome came.
struct Seen {
  size_t qualified = 0;
  size_t unknown = 0;
  size_t all = 0;
};

void ExpectAsThePlan(const Plan& plan, const RuleIndex& index, const Account& account,
                     const EvaluationInput& input, Seen* seen) {
  BoundAccounts accounts(plan.layout());
  accounts[0].Bind(account);
  PlanRun run(plan);
  for (const VectorWidth width : VectorWidthsHere()) {
    run.Begin(accounts[0], input.now, input.held);
    RuleMatcher matcher(index, &run, width);
    const Matches matches = matcher.Match();
    std::vector<Outcome> outcomes(plan.rule_set().rules.size(), Outcome::kNotQualified);
    for (const uint32_t rule : matches.qualified) outcomes[rule] = Outcome::kQualified;
    for (const uint32_t rule : matches.unknown) {
      ASSERT_EQ(outcomes[rule], Outcome::kNotQualified) << "rule " << rule << " is there twice";
      outcomes[rule] = Outcome::kUnknown;
    }
    for (uint32_t rule = 0; rule < outcomes.size(); ++rule) {
      ASSERT_EQ(outcomes[rule], run.OutcomeOf(rule))
          << plan.rule_set().rules[rule].name << ", width " << static_cast<int>(width);
    }
    seen->qualified += matches.qualified.size();
    seen->unknown += matches.unknown.size();
    seen->all += outcomes.size();
  }
}

TEST(RuleIndex, ManyRandomRules) {
  const uint64_t seed = testing::TestSeed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Seen seen;
  for (int i = 0; i < 4 * testing::CasesFactor(); ++i) {
    Random random(seed + static_cast<uint64_t>(i));
    // 511, 512, 513: around the end of a block.
    const RandomRuleSetOptions options{
        .metrics = 16, .rules = random.Of({511, 512, 513, 1'400}), .max_depth = 3};
    const auto rule_set = testing::CompileSource(RandomRuleSetSource(&random, options));
    ASSERT_NE(rule_set, nullptr);
    const RuleIndex index(*rule_set->plan);
    for (int k = 0; k < 40; ++k) {
      const Account account = RandomAccount(&random, rule_set->checked,
                                            {.missing_percent = random.Of({0, 10, 40, 100})});
      const EvaluationInput input{&account, RandomNow(&random),
                                  RandomHeld(&random, rule_set->checked)};
      ExpectAsThePlan(*rule_set->plan, index, account, input, &seen);
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(seen.qualified, seen.all / 20);
  EXPECT_GT(seen.unknown, seen.all / 20);
}

// A threshold, or a text, for each rule: too many segments for a table.
TEST(RuleIndex, AsManyThresholdsAsRules) {
  constexpr int kRules = 3'000;
  std::string source =
      "metric amount: number\nmetric domain: string\nmetric seats: number default 0\n";
  for (int i = 0; i < kRules; ++i) {
    StrAppend(&source, "rule r", i, " { when amount >= ", i * 2, " and (domain == \"d", i,
              "\" or seats > ", i % 7, ") }\n");
  }
  const auto rule_set = testing::CompileSource(source);
  ASSERT_NE(rule_set, nullptr);
  const CheckedRuleSet& checked = rule_set->checked;
  const RuleIndex index(*rule_set->plan);
  Random random(testing::TestSeed());
  Seen seen;
  for (int k = 0; k < 60; ++k) {
    Account account(checked);
    if (!random.OneIn(4)) {
      account.Set(*checked.FindMetric("amount"),
                  Value::Number(static_cast<double>(random.Below(uint64_t{2} * kRules)) - 1));
    }
    if (!random.OneIn(4)) {
      account.Set(*checked.FindMetric("domain"),
                  Value::String(StrCat("d", random.Below(kRules + 10))));
    }
    if (random.OneIn(2)) {
      account.Set(*checked.FindMetric("seats"), Value::Number(random.Of({1.0, 3.5, 6.0})));
    }
    const EvaluationInput input{&account, Timestamp{}, {}};
    ExpectAsThePlan(*rule_set->plan, index, account, input, &seen);
    if (HasFailure()) return;
  }
  EXPECT_GT(seen.qualified, 0u);
  EXPECT_GT(seen.unknown, 0u);
  EXPECT_LT(index.MemoryBytes(), 400u * kRules);
}

TEST(RuleIndex, OfNoRules) {
  const auto rule_set = testing::CompileSource("metric amount: number\n");
  const RuleIndex index(*rule_set->plan);
  BoundAccounts accounts(rule_set->plan->layout());
  PlanRun run(*rule_set->plan);
  run.Begin(accounts[0], Timestamp{});
  EXPECT_TRUE(RuleMatcher(index, &run).Match().qualified.empty());
}

}  // namespace
}  // namespace pql
