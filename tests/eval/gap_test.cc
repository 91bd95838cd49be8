// Gaps and next changes of hand-written rules: testdata/eval/gap.txt and next_change.txt, in the
// form of detail_case.h.

#include "eval/gap.h"

#include <string>

#include "eval/gap_bound.h"
#include "eval/next_change.h"
#include "tests/eval/detail_case.h"

namespace pql {
namespace {

bool Qualifies(const DetailCase& scene, const AccountView& account) {
  EvaluationInput input = scene.input();
  input.account = &account;
  Evaluation scratch;
  return scene.cone().EvaluateRule(input, &scratch).outcome == Outcome::kQualified;
}

// What the gap says in words, and below each change, what it says to programs.
std::string Describe(const DetailCase& scene) {
  const Gap gap = FindGap(scene.cone(), scene.input());
  std::string text;
  switch (gap.status) {
    case Gap::Status::kNone:
      return "qualifies\n";
    case Gap::Status::kImpossible:
      return StrCat("impossible: ", gap.reason, "\n");
    case Gap::Status::kNotFound:
      return StrCat("not found: ", gap.reason, "\n");
    case Gap::Status::kFound:
      break;
  }
  for (const GapChange& change : gap.changes) {
    const Metric& metric = scene.checked().metrics[change.metric];
    const GapBound bound = BoundOf(metric, change);
    StrAppend(&text, change.sentence, "\n    ", bound.comparison, " ", bound.needed.ToSource());
    if (!bound.delta.IsMissing()) StrAppend(&text, ", delta ", bound.delta.ToSource());
    StrAppend(&text, ", such as ", change.proposed.ToSource(), "\n");
  }
  const Account changed = ApplyGap(scene.checked(), *scene.input().account, gap);
  EXPECT_TRUE(Qualifies(scene, changed));
  return text;
}

TEST(GapTest, HandWrittenCases) {
  RunGoldenFile(StrCat(PQL_TESTDATA_DIR, "/eval/gap.txt"),
                [](const GoldenCase& golden) { return Describe(DetailCase(golden.input)); });
}

TEST(GapTest, TheSearchIsBounded) {
  std::string source;
  std::string condition;
  for (int i = 0; i < 10; ++i) {
    StrAppend(&source, "metric m", i, ": number\n");
    StrAppend(&condition, i == 0 ? "" : " + ", "m", i, " * m", (i * 7 + 1) % 10);
  }
  StrAppend(&source, "rule r { when ", condition, " == 0.123 and m0 > 5 and m1 < 0 - 5 }\n");
  const DetailCase scene(source);
  const Gap gap = FindGap(scene.cone(), scene.input(), {.max_changes = 12, .max_evaluations = 500});
  EXPECT_NE(gap.status, Gap::Status::kNone);
  EXPECT_NE(gap.status, Gap::Status::kImpossible);
}

TEST(NextChangeTest, HandWrittenCases) {
  RunGoldenFile(StrCat(PQL_TESTDATA_DIR, "/eval/next_change.txt"), [](const GoldenCase& golden) {
    const DetailCase scene(golden.input);
    const auto change = FindNextChange(scene.cone(), scene.input());
    if (!change.has_value()) return std::string("never\n");
    return StrCat(FormatTimestamp(change->time.micros), " ", OutcomeName(change->outcome), "\n");
  });
}

}  // namespace
}  // namespace pql
