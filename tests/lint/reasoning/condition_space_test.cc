// Cases of tests/testdata/reasoning/*.txt (form: tests/testing/golden_file.h): rule text with the
// defines `a` and, where it is about two, `b`; then what the reasoning says of them.

#include "lint/reasoning/condition_space.h"

#include <filesystem>
#include <string>
#include <vector>

#include "base/strings.h"
#include "diagnostics/render.h"
#include "gtest/gtest.h"
#include "ruleset/rule_set.h"
#include "tests/testing/golden_file.h"

namespace pql {
namespace {

std::string_view AnswerName(Answer answer) {
  return answer == Answer::kYes ? "yes" : answer == Answer::kNo ? "no" : "don't know";
}

std::string Shown(const std::optional<Witness>& witness) {
  if (!witness.has_value()) return "";
  const std::string text = witness->ToText();
  return StrCat(": ", text.empty() ? "nothing sent" : text);
}

std::string AboutOne(ConditionSpace* space, const Condition& a, std::string_view name) {
  std::string text = StrCat(name, " can be true: ", AnswerName(space->CanBeTrue(a)),
                            Shown(space->FindTrue(a)), "\n");
  if (space->AlwaysTrue(a)) StrAppend(&text, name, " is always true\n");
  return text;
}

std::string AboutBoth(ConditionSpace* space, const Condition& a, const Condition& b,
                      std::string_view arrow) {
  return StrCat(arrow, ": ", AnswerName(space->AskImplies(a, b)), Shown(space->FindFirstOnly(a, b)),
                "\n");
}

std::string Ask(const std::string& source) {
  const CompileResult compiled = CompileRuleSet("cases", {{"cases.pql", source}});
  EXPECT_TRUE(compiled.ok()) << RenderHuman(compiled.rule_set->sources, compiled.diagnostics, 0);
  if (!compiled.ok()) return "";
  const CheckedRuleSet& checked = compiled.rule_set->checked;
  ConditionSpace space(checked);
  const auto find = [&](std::string_view name) -> std::optional<Condition> {
    for (const Define& define : checked.defines) {
      if (define.name == name) return space.OfExpression(0, define.value);
    }
    if (const auto rule = checked.FindRule(name)) return space.OfRule(0, *rule);
    return std::nullopt;
  };
  const std::optional<Condition> a = find("a");
  const std::optional<Condition> b = find("b");
  EXPECT_TRUE(a.has_value());
  std::string text = AboutOne(&space, *a, "a");
  if (!b.has_value()) return text;
  StrAppend(&text, AboutOne(&space, *b, "b"), AboutBoth(&space, *a, *b, "a implies b"),
            AboutBoth(&space, *b, *a, "b implies a"));
  if (ConditionSpace::Same(*a, *b)) StrAppend(&text, "a and b are the same\n");
  return text;
}

TEST(ConditionSpaceTest, Cases) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(PQL_TESTDATA_DIR) + "/reasoning")) {
    ++files;
    RunGoldenFile(entry.path(), [](const GoldenCase& golden) { return Ask(golden.input); });
  }
  EXPECT_GT(files, 0);
}

// As `pql diff` asks: metrics by name, a rule set that has one more option and another default.
TEST(ConditionSpaceTest, TwoRuleSets) {
  const CompileResult old_rules = CompileRuleSet("old", {{"old.pql", R"(
metric messages: number default 0 kind product
metric plan: one of ("free", "pro") kind billing
rule busy { when messages >= 2_000 and plan == "free" }
rule paid { when plan != "free" }
)"}});
  const CompileResult new_rules = CompileRuleSet("new", {{"new.pql", R"(
metric another: bool
metric messages: number kind product
metric plan: one of ("trial", "free", "pro") kind billing
rule busy { when plan == "free" and not (messages < 1_000) }
rule paid { when plan == "pro" }
)"}});
  ASSERT_TRUE(old_rules.ok() && new_rules.ok());
  const CheckedRuleSet& before = old_rules.rule_set->checked;
  const CheckedRuleSet& after = new_rules.rule_set->checked;
  ConditionSpace space({&before, &after});
  const Condition old_busy = space.OfRule(0, *before.FindRule("busy"));
  const Condition new_busy = space.OfRule(1, *after.FindRule("busy"));
  EXPECT_EQ(space.AskImplies(old_busy, new_busy), Answer::kYes);
  EXPECT_EQ(space.AskImplies(new_busy, old_busy), Answer::kNo);
  const auto entered = space.FindFirstOnly(new_busy, old_busy);
  ASSERT_TRUE(entered.has_value());
  EXPECT_EQ(entered->ToText(), "messages = 1000, plan = \"free\"");
  const Condition old_paid = space.OfRule(0, *before.FindRule("paid"));
  const Condition new_paid = space.OfRule(1, *after.FindRule("paid"));
  // Who is on trial can't be told to the old rules.
  EXPECT_EQ(space.TrueOnTheSame(old_paid, new_paid), Answer::kYes);
}

}  // namespace
}  // namespace pql
