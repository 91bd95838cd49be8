#include "lint/rule_comparison.h"

#include <string>
#include <vector>

#include "base/strings.h"
#include "eval/interpreter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lint/reasoning/probe.h"
#include "tests/ruleset/compiled.h"
#include "tests/testing/random.h"
#include "tests/testing/random_rule_set.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kMetrics =
    "metric messages: number default 0 kind product\n"
    "metric plan: one of (\"free\", \"pro\") kind billing\n"
    "metric name: string kind profile\n"
    "metric seen: timestamp kind product\n"
    "stages sql < pql\n";

RuleComparison CompareConditions(const std::string& before, const std::string& after) {
  const auto old = Compiled(StrCat(kMetrics, "rule r {\n", before, "\n}\n"));
  const auto now = Compiled(StrCat(kMetrics, "rule r {\n", after, "\n}\n"));
  const std::vector<RuleComparison> results = CompareRules(*old, *now);
  EXPECT_EQ(results.size(), 1u);
  return results.at(0);
}

struct Case {
  const char* before;
  const char* after;
  RuleShift shift;
  bool is_certain = true;
};

TEST(RuleComparisonTest, SaysWhatAChangeMeans) {
  const Case cases[] = {
      {"when messages > 5", "when messages > 5", RuleShift::kUnchanged},
      {"when messages > 5", "when not (messages <= 5)", RuleShift::kUnchanged},
      {"when messages / 2 > 2.5", "when messages > 5", RuleShift::kUnchanged},
      // 1e308 times 2 is no number any more.
      {"when messages * 2 > 10", "when messages > 5", RuleShift::kWidened},
      {"when messages > 5", "when messages >= 5", RuleShift::kWidened},
      {"when messages > 5", "when messages > 5 or plan == \"pro\"", RuleShift::kWidened},
      {"when messages > 5", "when messages > 5\nunless plan != \"free\"", RuleShift::kNarrowed},
      {"when messages > 5 and messages < 9", "when messages > 7 and messages < 20",
       RuleShift::kMoved},
      {"when plan == \"free\"", "when plan == \"pro\"", RuleShift::kMoved},
      {"when seen within last 7d", "when seen within last 14d", RuleShift::kWidened},
      {"when messages > 5", "active from 2026-03-01\nwhen messages > 5", RuleShift::kNarrowed},
      {"when messages > 5", "when messages > 5\nkeep while messages > 2", RuleShift::kWidened},
      {"when name matches \"a+b\"", "when name matches \"a+b\" and messages > 5",
       RuleShift::kNarrowed},
      {"when name matches \"^a\"", "when name matches \"^(a)\"", RuleShift::kUndecided},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(StrCat(each.before, " -> ", each.after));
    const RuleComparison result = CompareConditions(each.before, each.after);
    EXPECT_EQ(RuleShiftName(result.shift), RuleShiftName(each.shift));
    EXPECT_EQ(result.is_certain, each.is_certain);
    const bool widens = each.shift == RuleShift::kWidened || each.shift == RuleShift::kMoved;
    const bool narrows = each.shift == RuleShift::kNarrowed || each.shift == RuleShift::kMoved;
    EXPECT_EQ(result.enters.has_value(), widens);
    EXPECT_EQ(result.leaves.has_value(), narrows);
  }
}

TEST(RuleComparisonTest, NotesOtherChangesOfEffect) {
  EXPECT_THAT(
      CompareConditions("stage sql\nwhen messages > 5", "stage pql\nwhen messages > 5").notes,
      ElementsAre("stage `sql` became `pql`"));
  EXPECT_THAT(
      CompareConditions("when messages > 5", "stage pql\nmode draft\nwhen messages > 5").notes,
      ElementsAre("stage `pql` was added", "mode `active` became `draft`"));
  EXPECT_THAT(CompareConditions("when messages > 5", "title \"x\"\nwhen messages > 5").notes,
              IsEmpty());
}

TEST(RuleComparisonTest, RulesAreMatchedByName) {
  const auto old =
      Compiled(StrCat(kMetrics, "rule a { when messages > 1 }\nrule c { when messages > 1 }\n"));
  const auto now =
      Compiled(StrCat(kMetrics, "rule b { when messages > 1 }\nrule c { when messages > 1 }\n"));
  std::vector<std::string> seen;
  for (const RuleComparison& each : CompareRules(*old, *now)) {
    seen.push_back(StrCat(each.rule, " ", RuleShiftName(each.shift)));
  }
  EXPECT_THAT(seen, ElementsAre("a removed", "b added", "c unchanged"));
}

TEST(RuleComparisonTest, WhatARuleDependsOnCounts) {
  const auto old = Compiled(StrCat(kMetrics, "define busy = messages > 5\nrule a { when busy }\n"));
  const auto now = Compiled(StrCat(kMetrics, "define busy = messages > 4\nrule a { when busy }\n"));
  EXPECT_EQ(CompareRules(*old, *now).at(0).shift, RuleShift::kWidened);
  // A default decides for those who send nothing.
  const auto other = Compiled(
      "metric messages: number default 9 kind product\ndefine busy = messages > 5\nrule a { when "
      "busy }\n");
  EXPECT_EQ(CompareRules(*old, *other).at(0).shift, RuleShift::kWidened);
}

// The text with one number moved, `and` and `or` swapped, or a comparison loosened.
std::string Changed(std::string text, testing::Random* random) {
  const std::pair<const char*, const char*> edits[] = {
      {" and ", " or "}, {" or ", " and "}, {" >= ", " > "}, {" > ", " >= "}, {" < ", " <= "},
      {" <= ", " < "},   {"== ", "!= "},    {" 10", " 11"},  {" 100", " 99"}, {" 2", " 3"}};
  for (int attempt = 0; attempt < 20; ++attempt) {
    const auto& [from, to] = edits[random->Below(std::size(edits))];
    const size_t rules = text.find("\nrule ");
    const size_t at = text.find(from, rules + random->Below(text.size() - rules));
    if (at == std::string::npos) continue;
    text.replace(at, std::string_view(from).size(), to);
    break;
  }
  return text;
}

// No verdict is contradicted by any account, and every witness is one.
TEST(RuleComparisonTest, RandomAccountsAgree) {
  testing::Random random(testing::TestSeed());
  int compared = 0;
  int decided = 0;
  for (int i = 0; i < 150 * testing::CasesFactor(); ++i) {
    const std::string source = testing::RandomRuleSetSource(&random);
    const CompileResult before = CompileRuleSet("x", {{"a.pql", source}});
    const CompileResult after = CompileRuleSet("x", {{"a.pql", Changed(source, &random)}});
    ASSERT_TRUE(before.ok());
    if (!after.ok()) continue;
    const CheckedRuleSet& old = before.rule_set->checked;
    const CheckedRuleSet& now = after.rule_set->checked;
    const std::vector<const CheckedRuleSet*> sides = {&old, &now};
    Probe probe(sides);
    const std::vector<RuleComparison> results = CompareRules(*before.rule_set, *after.rule_set);
    ASSERT_EQ(results.size(), old.rules.size());
    for (uint32_t rule = 0; rule < results.size(); ++rule) {
      const RuleComparison& result = results[rule];
      ++compared;
      if (result.shift != RuleShift::kUndecided && result.is_certain) ++decided;
      const Subject subject_before = {.rule_set = 0, .rule = rule};
      const Subject subject_after = {.rule_set = 1, .rule = rule};
      if (result.enters) {
        EXPECT_TRUE(probe.Evaluate(subject_after, *result.enters).IsTrue());
        EXPECT_FALSE(probe.Evaluate(subject_before, *result.enters).IsTrue());
      }
      if (result.leaves) {
        EXPECT_TRUE(probe.Evaluate(subject_before, *result.leaves).IsTrue());
        EXPECT_FALSE(probe.Evaluate(subject_after, *result.leaves).IsTrue());
      }
      if (!result.is_certain || result.shift == RuleShift::kMoved ||
          result.shift == RuleShift::kUndecided) {
        continue;
      }
      for (int account = 0; account < 100; ++account) {
        const Account values = testing::RandomAccount(&random, old);
        Witness witness;
        witness.now = testing::RandomNow(&random);
        witness.held_by_itself = random.OneIn(3);
        for (uint32_t metric = 0; metric < old.metrics.size(); ++metric) {
          if (values.WasSet(metric)) {
            witness.values[old.metrics[metric].name] = values.Metric(metric);
          }
        }
        const bool was = probe.Evaluate(subject_before, witness).IsTrue();
        const bool is = probe.Evaluate(subject_after, witness).IsTrue();
        if (result.shift != RuleShift::kWidened) {
          EXPECT_LE(is, was) << source << result.rule;
        }
        if (result.shift != RuleShift::kNarrowed) {
          EXPECT_LE(was, is) << source << result.rule;
        }
      }
    }
  }
  EXPECT_GT(compared, 300);
  EXPECT_GT(decided * 10, compared * 8) << "too much is left open";
}

}  // namespace
}  // namespace pql
