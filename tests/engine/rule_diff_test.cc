#include "engine/rule_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/strings.h"
#include "tests/testing/golden_file.h"

namespace pql {
namespace {

CompileResult Compile(const std::string& text) {
  CompileResult result = CompileRuleSet("slack", {{"rules.pql", text}});
  EXPECT_TRUE(result.ok()) << text;
  return result;
}

const char* KindName(RuleChangeKind kind) {
  switch (kind) {
    case RuleChangeKind::kAdded:
      return "added";
    case RuleChangeKind::kRemoved:
      return "removed";
    case RuleChangeKind::kModified:
      return "modified";
    case RuleChangeKind::kDependencyModified:
      return "dependency modified";
  }
  return "";
}

std::string Describe(const StoredRuleChange& change) {
  std::string line = StrCat(change.rule, ": ", KindName(change.kind));
  for (const std::string& field : change.changed_fields) StrAppend(&line, " ", field);
  EXPECT_EQ(change.old_source.empty(), change.kind == RuleChangeKind::kAdded);
  EXPECT_EQ(change.new_source.empty(), change.kind == RuleChangeKind::kRemoved);
  EXPECT_EQ(change.old_source == change.new_source,
            change.kind == RuleChangeKind::kDependencyModified);
  return StrCat(line, "\n");
}

TEST(RuleDiffTest, Cases) {
  RunGoldenFile(PQL_TESTDATA_DIR "/engine/rule_diff.txt", [](const GoldenCase& golden) {
    const size_t middle = golden.input.find("~~~~\n");
    EXPECT_NE(middle, std::string::npos);
    const CompileResult before = Compile(golden.input.substr(0, middle));
    const CompileResult after = Compile(golden.input.substr(middle + 5));
    std::string text;
    for (const StoredRuleChange& change : DiffRules(before.rule_set.get(), *after.rule_set)) {
      text += Describe(change);
    }
    return text;
  });
}

TEST(RuleDiffTest, BackwardsAddedIsRemoved) {
  const CompileResult one = Compile("metric m: number\nrule a { when m > 1 }");
  const CompileResult two =
      Compile("metric m: number\nrule a { when m > 1 }\nrule b { when a and m < 5 }");
  const auto there = DiffRules(one.rule_set.get(), *two.rule_set);
  const auto back = DiffRules(two.rule_set.get(), *one.rule_set);
  ASSERT_EQ(there.size(), 1);
  ASSERT_EQ(back.size(), 1);
  EXPECT_EQ(there[0].kind, RuleChangeKind::kAdded);
  EXPECT_EQ(back[0].kind, RuleChangeKind::kRemoved);
  EXPECT_EQ(there[0].new_source, back[0].old_source);
}

TEST(RuleDiffTest, WithoutAVersionBeforeEverythingIsNew) {
  const CompileResult one = Compile("metric m: number\nrule a { when m > 1 }");
  const auto changes = DiffRules(nullptr, *one.rule_set);
  ASSERT_EQ(changes.size(), 1);
  EXPECT_EQ(changes[0].kind, RuleChangeKind::kAdded);
}

}  // namespace
}  // namespace pql
