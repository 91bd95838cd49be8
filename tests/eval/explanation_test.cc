// Explanations of hand-written rules: testdata/eval/explanation.txt, in the form of detail_case.h;
// expected is the tree: clause, source, value, sentence, and the values seen.

#include "eval/explanation.h"

#include <string>

#include "tests/eval/detail_case.h"

namespace pql {
namespace {

std::string Dump(const SourceSet& sources, const ExplanationNode& node, int depth) {
  std::string text(2 * static_cast<size_t>(depth), ' ');
  StrAppend(&text, node.value.ToSource(), node.is_condition ? "" : " (no condition)", " | ",
            node.clause, node.clause.empty() ? "" : ": ", node.source, " | ", node.sentence, "\n");
  for (const ExplanationNode& child : node.children) {
    StrAppend(&text, Dump(sources, child, depth + 1));
  }
  return text;
}

TEST(ExplanationTest, HandWrittenCases) {
  RunGoldenFile(StrCat(PQL_TESTDATA_DIR, "/eval/explanation.txt"), [](const GoldenCase& golden) {
    const DetailCase scene(golden.input);
    const RuleExplanation explanation = ExplainRule(scene.sources(), scene.cone(), scene.input());
    std::string text =
        StrCat(OutcomeName(explanation.result.outcome), ": ", explanation.sentence, "\n");
    for (const ExplanationNode& clause : explanation.clauses) {
      StrAppend(&text, Dump(scene.sources(), clause, 0));
    }
    return text;
  });
}

TEST(ExplanationTest, EveryPartHasItsRangeAndWhatItSaw) {
  const DetailCase scene(R"(metric a: number default 7
metric b: number
rule r { when a > 3 and b - a > 1  unless a is missing }
> account {"b": 8}
)");
  const RuleExplanation explanation = ExplainRule(scene.sources(), scene.cone(), scene.input());
  ASSERT_EQ(explanation.clauses.size(), 2);
  const ExplanationNode& when = explanation.clauses[0];
  EXPECT_EQ(scene.sources().Text(when.range), "a > 3 and b - a > 1");
  ASSERT_EQ(when.children.size(), 2);
  EXPECT_EQ(scene.sources().Text(when.children[1].range), "b - a > 1");
  const std::vector<SeenValue>& seen = when.children[1].values;
  ASSERT_EQ(seen.size(), 3);
  EXPECT_EQ(seen[0].source, "b - a");
  EXPECT_EQ(seen[0].value, Value::Number(1));
  EXPECT_EQ(seen[1].source, "b");
  EXPECT_FALSE(seen[1].is_default);
  EXPECT_EQ(seen[2].source, "a");
  EXPECT_EQ(seen[2].value, Value::Number(7));
  EXPECT_TRUE(seen[2].is_default);
  EXPECT_EQ(scene.sources().Text(explanation.clauses[1].range), "a is missing");
}

int DepthOf(const ExplanationNode& node) {
  int depth = 0;
  for (const ExplanationNode& child : node.children) depth = std::max(depth, DepthOf(child));
  return depth + 1;
}

// As many defines as fit into a rule set, on top of each other: the tree ends, and says what it saw
// below.
TEST(ExplanationTest, DepthIsBounded) {
  const DetailCase scene(
      Tower("metric x: number\ndefine d0 = x > 1", "not $", 60'000, "d60000", R"({"x": 2})"));
  const RuleExplanation explanation = ExplainRule(scene.sources(), scene.cone(), scene.input());
  EXPECT_EQ(DepthOf(explanation.clauses[0]), kMaxExplanationDepth);
}

// Each define doubles the one before: shown once, not 2^40 times.
TEST(ExplanationTest, SharedPartsAreShownOnce) {
  const DetailCase scene(
      Tower("metric x: number\nscorecard s { add 1 when x > 1 }\ndefine d0 = s + x", "$ + $", 40,
            "d40 > 1", R"({"x": 2})"));
  const RuleExplanation explanation = ExplainRule(scene.sources(), scene.cone(), scene.input());
  ASSERT_EQ(explanation.clauses[0].children.size(), 1);
  EXPECT_EQ(explanation.clauses[0].children[0].source, "s");
}

}  // namespace
}  // namespace pql
