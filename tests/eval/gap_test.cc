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

// More members than a double has bits.
TEST(GapTest, OneOfManyMembersIsFound) {
  std::string members = "0";
  for (int i = 1; i < 1'000; ++i) StrAppend(&members, ", ", 2 * i + 1);
  const DetailCase scene(StrCat("metric seats: number\nrule r { when seats * 2 in (", members,
                                ") and seats > 700 }\n> account {\"seats\": 3}\n"));
  const Gap gap = FindGap(scene.cone(), scene.input());
  ASSERT_EQ(gap.changes.size(), 1);
  EXPECT_EQ(gap.changes[0].proposed, Value::Number(700.5));
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

// Each define names the one before twice: looked at once, not 2^40 times.
TEST(GapTest, SharedPartsAreLookedAtOnce) {
  const std::string number = "metric x: number\nscorecard s { add 1 when x > 1 }\n";
  std::string abs;
  for (int i = 0; i < 40; ++i) StrAppend(&abs, "abs(");
  const std::string towers[] = {
      Tower(StrCat(number, "define d0 = s + x"), "$ + $", 40, "d40 > 1", R"({"x": -5})"),
      Tower(StrCat(number, "define d0 = s + x"), "$ + 2 * $", 40, "d40 > 1", R"({"x": -5})"),
      Tower("metric x: number\ndefine d0 = x > 1", "$ or $", 40, "d40", R"({"x": 0})"),
      Tower("metric x: number\ndefine d0 = x > 1", "$ and $", 40, "d40", R"({"x": 0})"),
      Tower("metric x: number\ndefine d0 = x > 1", "at least 2 of ($, not $, $)", 40, "d40",
            R"({"x": 0})"),
      Tower("metric x: number\ndefine d0 = x > 1", "if $ then $ else $ and $", 40, "d40",
            R"({"x": 0})"),
      StrCat("metric x: number\nrule r { when ", abs, "x", std::string(40, ')'), " > 1 }\n"),
  };
  for (const std::string& tower : towers) {
    const Gap gap = FindGap(DetailCase(tower).cone(), DetailCase(tower).input());
    EXPECT_EQ(gap.status, Gap::Status::kFound) << tower << gap.reason;
  }
}

// So high that nothing can be done for each level below each, nor one level within the other.
TEST(GapTest, TowersAreNoProblem) {
  struct Case {
    int levels;
    std::string first;
    std::string next;
    std::string rule;
    Gap::Status status;
  };
  const Case cases[] = {
      {60'000, "define d0 = x > 1", "not $", "d60000", Gap::Status::kFound},
      {60'000, "define d0 = x > 1", "coalesce($, y > 1)", "d60000", Gap::Status::kFound},
      {10'000, "define d0 = x > 1", "($ or x > 5) and $", "d10000", Gap::Status::kFound},
      {10'000, "define d0 = x > 1", "at least 2 of ($, not $, x > 3)", "d10000",
       Gap::Status::kFound},
      {10'000, "define d0 = x > 1", "if $ then x > 2 else y > 2", "d10000", Gap::Status::kFound},
      // More work than a search may take.
      {10'000, "define d0 = x", "$ + 1", "d10000 > 10010", Gap::Status::kNotFound},
  };
  for (const Case& tower : cases) {
    const DetailCase scene(Tower(StrCat("metric x: number\nmetric y: number\n", tower.first),
                                 tower.next, tower.levels, tower.rule, R"({"x": 0, "y": 0})"));
    const Gap gap = FindGap(scene.cone(), scene.input());
    EXPECT_EQ(gap.status, tower.status) << tower.next << ": " << gap.reason;
  }
}

// Each define adds a metric of its own, and the rule asks for many of them.
TEST(GapTest, TowersOfMetricsAreNoProblem) {
  constexpr int kLevels = 4'000;
  std::string metrics;
  std::string rule;
  for (int i = 0; i <= kLevels; ++i) StrAppend(&metrics, "metric m", i, ": number default 0\n");
  for (int i = 0; i <= kLevels; i += 10) StrAppend(&rule, i == 0 ? "" : " or ", "d", i, " > ", i);
  std::string source = StrCat(metrics, "define d0 = m0\n");
  for (int i = 1; i <= kLevels; ++i) {
    StrAppend(&source, "define d", i, " = d", i - 1, " + m", i, "\n");
  }
  const DetailCase scene(StrCat(source, "rule r { when ", rule, " }\n"));
  const Gap gap = FindGap(scene.cone(), scene.input(), {.max_evaluations = 500});
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

TEST(NextChangeTest, TowersAreNoProblem) {
  for (const std::string next : {"not $", "coalesce($, $)"}) {
    const DetailCase scene(Tower("metric t: timestamp\ndefine d0 = t within last 7d", next, 60'000,
                                 "d60000", R"({"t": "2026-02-27"})"));
    const auto change = FindNextChange(scene.cone(), scene.input());
    ASSERT_TRUE(change.has_value()) << next;
    EXPECT_EQ(FormatTimestamp(change->time.micros), "2026-03-06T00:00:00Z") << next;
    EXPECT_EQ(change->outcome, Outcome::kNotQualified) << next;
  }
}

}  // namespace
}  // namespace pql
