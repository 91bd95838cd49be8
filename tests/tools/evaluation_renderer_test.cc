// What the command line of tests/tools/cli_test.cc does not reach: evaluations that come from a
// server, and texts that would fool a terminal or a spreadsheet.

#include "tools/pql/evaluation_renderer.h"

#include <gtest/gtest.h>

#include <sstream>

namespace pql {
namespace {

std::string Rendered(std::string_view format, const std::string& json, RenderOptions options = {}) {
  std::ostringstream out;
  const auto renderer = MakeEvaluationRenderer(format, options, &out);
  renderer->Begin();
  renderer->Add(Json::parse(json));
  renderer->End();
  return out.str();
}

// A server's maps come in any order, its fields in that of the proto, and a newer one has more.
TEST(EvaluationRendererTest, JsonLinesAreInTheOrderOfTheContract) {
  EXPECT_EQ(
      Rendered("jsonl",
               R"({"nextChangeTime": "2026-03-01T00:00:00Z",
                   "incompleteScores": {"fit": ["plan"]}, "scores": {"fit": 10.0, "engagement": 8.5},
                   "outputs": {"z": "1d12h", "a": [1.0]}, "shadowRules": [],
                   "rules": [{"rule": "r", "outcome": "QUALIFIED", "score": 85.0}],
                   "stage": "pql", "accountId": "a1"})"),
      R"({"accountId":"a1","stage":"pql","rules":[{"rule":"r","outcome":"QUALIFIED","score":85}],)"
      R"("shadowRules":[],"scores":{"engagement":8.5,"fit":10},"outputs":{"a":[1],"z":"1d12h"},)"
      R"("incompleteScores":{"fit":["plan"]},"nextChangeTime":"2026-03-01T00:00:00Z"})"
      "\n");
}

TEST(EvaluationRendererTest, AnEvaluationWithNothingToSay) {
  RenderOptions single;
  single.single = true;
  EXPECT_EQ(Rendered("jsonl", R"({"accountId": "a1"})"), "{\"accountId\":\"a1\"}\n");
  EXPECT_EQ(Rendered("json", R"({"accountId": "a1"})", single), "{\n  \"accountId\": \"a1\"\n}\n");
  EXPECT_EQ(Rendered("human", R"({"accountId": "a1"})", single), "account a1  no stage\n");
  EXPECT_EQ(Rendered("csv", R"({"accountId": "a1"})"), "id,stage,qualified\na1,,[]\n");
}

TEST(EvaluationRendererTest, UnknownWithoutAMetricToBlame) {
  RenderOptions single;
  single.single = true;
  EXPECT_EQ(
      Rendered("human", R"({"accountId": "a", "rules": [{"rule": "r", "outcome": "UNKNOWN"}]})",
               single),
      "account a  no stage\n  UNKNOWN        r  no metric would decide it (a division by zero?)\n");
}

TEST(EvaluationRendererTest, PeopleAreNotFooledByControlCharacters) {
  const std::string text = Rendered("human", "{\"accountId\": \"a\\u001b[31m\\u202e\"}");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("<U+202E>"), std::string::npos);
}

TEST(EvaluationRendererTest, CsvCellsAreQuoted) {
  RenderOptions options;
  options.outputs = {"note", "tags"};
  EXPECT_EQ(
      Rendered("csv",
               R"({"accountId": "a,\"1\"", "outputs": {"note": "x\ny", "tags": ["a", "b"]}})",
               options),
      "id,stage,qualified,note,tags\n\"a,\"\"1\"\"\",,[],\"x\ny\",\"[\"\"a\"\",\"\"b\"\"]\"\n");
}

TEST(OutcomeSummaryTest, CountsByRule) {
  OutcomeSummary summary;
  for (int account = 0; account < 3; ++account) {
    summary.CountAccount();
    summary.Count("first", account == 0 ? "QUALIFIED" : "NOT_QUALIFIED");
    summary.Count("second", "UNKNOWN");
  }
  summary.CountSkipped();
  std::ostringstream out;
  summary.Print(false, &out);
  EXPECT_EQ(out.str(),
            "rule    qualified  not qualified  unknown\n"
            "first           1              2        0\n"
            "second          0              0        3\n"
            "3 accounts, 1 bad row skipped\n");
}

}  // namespace
}  // namespace pql
