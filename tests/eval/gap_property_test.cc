// Gap and next change on random rule sets and accounts: what they promise is checked by evaluation.
// PQL_SEED repeats a run, PQL_CASES_FACTOR makes it longer.

#include <string>

#include "base/strings.h"
#include "eval/gap.h"
#include "eval/next_change.h"
#include "eval/working_account.h"
#include "gtest/gtest.h"
#include "ruleset/rule_set.h"
#include "tests/testing/random_rule_set.h"

namespace pql {
namespace {

using testing::Random;

constexpr int kCases = 10'000;

struct Scene {
  Scene(uint64_t seed, const testing::RandomRuleSetOptions& options) : random(seed) {
    source = RandomRuleSetSource(&random, options);
    CompileResult compiled = CompileRuleSet("random", {{"random.pql", source}});
    EXPECT_TRUE(compiled.ok()) << source;
    rule_set = compiled.rule_set;
  }
  Random random;
  std::string source;
  std::shared_ptr<const RuleSet> rule_set;
};

bool QualifiesWith(const RuleCone& cone, const EvaluationInput& input, const Gap& gap) {
  const Account changed = ApplyGap(cone.rule_set(), *input.account, gap);
  EvaluationInput then = input;
  then.account = &changed;
  Evaluation scratch;
  return cone.EvaluateRule(then, &scratch).outcome == Outcome::kQualified;
}

bool SomeRandomAccountQualifies(const RuleCone& cone, const EvaluationInput& input,
                                Random* random) {
  for (int i = 0; i < 30; ++i) {
    const Account other = RandomAccount(random, cone.rule_set());
    EvaluationInput then = input;
    then.account = &other;
    Evaluation scratch;
    if (cone.EvaluateRule(then, &scratch).outcome == Outcome::kQualified) return true;
  }
  return false;
}

void CheckGap(const RuleCone& cone, const EvaluationInput& input, const Gap& gap, Random* random,
              const std::string& source) {
  if (gap.status == Gap::Status::kFound) {
    ASSERT_FALSE(gap.changes.empty());
    ASSERT_TRUE(QualifiesWith(cone, input, gap)) << source;
    const auto all = static_cast<uint32_t>((1u << gap.changes.size()) - 1);
    for (uint32_t mask = 0; mask < all; ++mask) {
      Gap subset;
      for (size_t i = 0; i < gap.changes.size(); ++i) {
        if ((mask >> i) & 1) subset.changes.push_back(gap.changes[i]);
      }
      ASSERT_FALSE(QualifiesWith(cone, input, subset)) << source << "a smaller gap is enough";
    }
    for (const GapChange& change : gap.changes) ASSERT_FALSE(change.sentence.empty());
    return;
  }
  ASSERT_FALSE(gap.reason.empty());
  if (gap.status != Gap::Status::kImpossible) return;
  ASSERT_FALSE(SomeRandomAccountQualifies(cone, input, random))
      << source << cone.rule_set().rules[cone.rule()].name << ": called impossible";
}

TEST(GapProperty, AppliedItQualifiesAndNoSmallerSubsetDoes) {
  const uint64_t seed = testing::TestSeed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  int found = 0;
  int impossible = 0;
  int not_found = 0;
  int missed = 0;  // not found, but there is one
  for (uint64_t i = 0; found + impossible + not_found < kCases * testing::CasesFactor(); ++i) {
    testing::RandomRuleSetOptions options;
    options.max_depth = 2 + static_cast<int>(i % 3);
    options.functions = i % 2 == 0;
    Scene scene(seed + i, options);
    ASSERT_NE(scene.rule_set, nullptr);
    const CheckedRuleSet& checked = scene.rule_set->checked;
    for (uint32_t rule = 0; rule < checked.rules.size(); ++rule) {
      const RuleCone cone(checked, rule);
      for (int a = 0; a < 3; ++a) {
        const Account account = RandomAccount(&scene.random, checked);
        const EvaluationInput input{&account, RandomNow(&scene.random),
                                    RandomHeld(&scene.random, checked)};
        Gap gap = FindGap(cone, input, {.max_evaluations = 1'500});
        if (gap.status == Gap::Status::kNone) continue;
        if (gap.status == Gap::Status::kNotFound &&
            SomeRandomAccountQualifies(cone, input, &scene.random)) {
          gap = FindGap(cone, input);  // as long as it is searched for users
          if (gap.status != Gap::Status::kFound) {
            ++missed;
            std::printf("missed: account %d, rule `%s` of case %llu\n%s\n", a,
                        checked.rules[rule].name.c_str(), static_cast<unsigned long long>(i),
                        scene.source.c_str());
          }
        }
        found += gap.status == Gap::Status::kFound;
        impossible += gap.status == Gap::Status::kImpossible;
        not_found += gap.status == Gap::Status::kNotFound;
        CheckGap(cone, input, gap, &scene.random, StrCat("case ", i, "\n", scene.source));
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
  }
  std::printf("%d found, %d impossible, %d not found, %d of them missed\n", found, impossible,
              not_found, missed);
  EXPECT_GT(found, kCases / 4);
  EXPECT_EQ(missed, 0);
}

// What the search sees of a changed account is what the interpreter says.
TEST(GapProperty, TheWorkingAccountAgreesWithTheInterpreter) {
  const uint64_t seed = testing::TestSeed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  int qualified = 0;
  for (uint64_t i = 0; i < 500 * static_cast<uint64_t>(testing::CasesFactor()); ++i) {
    Scene scene(seed + i, {});
    ASSERT_NE(scene.rule_set, nullptr);
    const CheckedRuleSet& checked = scene.rule_set->checked;
    for (uint32_t rule = 0; rule < checked.rules.size(); ++rule) {
      const RuleCone cone(checked, rule);
      Account account = RandomAccount(&scene.random, checked);
      const EvaluationInput input{&account, RandomNow(&scene.random),
                                  RandomHeld(&scene.random, checked)};
      WorkingAccount working(cone, input);
      for (int change = 0; change < 20 && !cone.metrics().empty(); ++change) {
        const uint32_t metric = scene.random.Of(cone.metrics());
        const Value value = scene.random.OneIn(5)
                                ? Value::Missing()
                                : RandomValue(&scene.random, checked.metrics[metric]);
        account.Set(metric, value);
        working.Set(metric, value);
        Evaluation evaluation;
        const bool expected = cone.EvaluateRule(input, &evaluation).outcome == Outcome::kQualified;
        qualified += expected;
        ASSERT_EQ(working.Qualifies(), expected) << "case " << i << "\n" << scene.source;
        for (const Atom& atom : cone.atoms()) {
          ASSERT_EQ(working.ValueOf(*atom.expression),
                    EvaluateExpression(checked, *atom.expression, input, evaluation).value)
              << "case " << i << "\n"
              << scene.source;
        }
      }
    }
  }
  std::printf("%d qualified\n", qualified);
  EXPECT_GT(qualified, 1'000);
}

TEST(NextChangeProperty, ItIsTheFirstChange) {
  const uint64_t seed = testing::TestSeed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  int changes = 0;
  for (uint64_t i = 0; i < 1'000 * static_cast<uint64_t>(testing::CasesFactor()); ++i) {
    testing::RandomRuleSetOptions options;
    options.max_depth = 2;
    options.functions = false;
    Scene scene(seed + i, options);
    ASSERT_NE(scene.rule_set, nullptr);
    const CheckedRuleSet& checked = scene.rule_set->checked;
    for (uint32_t rule = 0; rule < checked.rules.size(); ++rule) {
      const RuleCone cone(checked, rule);
      const Account account = RandomAccount(&scene.random, checked);
      EvaluationInput input{&account, RandomNow(&scene.random), {}};
      Evaluation scratch;
      const Outcome now = cone.EvaluateRule(input, &scratch).outcome;
      const std::optional<NextChange> change = FindNextChange(cone, input);
      const int64_t from = input.now.micros;
      const int64_t until =
          change.has_value() ? change->time.micros - 1 : from + (int64_t{1} << 55);
      if (change.has_value()) {
        ++changes;
        input.now = change->time;
        ASSERT_EQ(cone.EvaluateRule(input, &scratch).outcome, change->outcome) << scene.source;
        ASSERT_NE(change->outcome, now) << scene.source;
      }
      ASSERT_GE(until, from);
      for (int k = 0; k < 20; ++k) {
        // Near both ends as often as in between.
        const auto span = static_cast<uint64_t>(until - from) + 1;
        const int64_t step = static_cast<int64_t>(scene.random.Below(
            scene.random.OneIn(2) ? span : std::min<uint64_t>(span, uint64_t{1} << (2 * k + 1))));
        input.now = Timestamp{scene.random.OneIn(2) ? from + step : until - step};
        ASSERT_EQ(cone.EvaluateRule(input, &scratch).outcome, now)
            << "case " << i << " " << checked.rules[rule].name << " at "
            << Value::Time(input.now).ToSource() << "\n"
            << scene.source;
      }
    }
  }
  std::printf("%d changes\n", changes);
  EXPECT_GT(changes, 300);
}

}  // namespace
}  // namespace pql
