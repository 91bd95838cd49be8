#include "accounts/metric_inference.h"

#include <sstream>
#include <string>

#include "gtest/gtest.h"

namespace pql {
namespace {

std::string Inferred(const std::string& text, const AccountReaderOptions& options = {}) {
  std::istringstream input(text);
  const absl::StatusOr<std::vector<InferredMetric>> metrics = InferMetrics(&input, options);
  return metrics.ok() ? DeclareMetrics(*metrics) : metrics.status().ToString();
}

TEST(MetricInferenceTest, ColumnsOfACsvHaveTheTypeOfAllTheirCells) {
  EXPECT_EQ(Inferred("\xEF\xBB\xBFid,n,b,t,ns,ss,s,mixed,empty,größe\n"
                     "1,2,true,2026-03-01,\"[1,2]\",\"[\"\"a\"\"]\",x,1,,\n"
                     "2,-2.5e1,FALSE,2026-03-01T08:30:00Z,[],[],y,x,,3\n"
                     "3,,,,,,,,,\n"),
            "metric `n`: number\nmetric `b`: bool\nmetric `t`: timestamp\n"
            "metric `ns`: list(number)\nmetric `ss`: list(string)\nmetric `s`: string\n"
            "metric `mixed`: string\nmetric `empty`: string\nmetric `größe`: number\n");
}

TEST(MetricInferenceTest, KeysOfJsonLines) {
  EXPECT_EQ(Inferred("{\"id\":\"a\",\"n\":null,\"b\":true,\"t\":\"2026-03-01\",\"l\":[]}\n\n"
                     "{\"n\":2,\"s\":\"2026-03-01\",\"l\":[\"x\"]}\r\n"
                     "{\"s\":\"free\",\"n\":\"two\",\"l\":[1]}"),
            "metric `n`: number\nmetric `b`: bool\nmetric `t`: timestamp\n"
            "metric `l`: list(string)\nmetric `s`: string\n");
}

TEST(MetricInferenceTest, OneObjectOnSeveralLines) {
  EXPECT_EQ(Inferred("{\n  \"n\": 2,\n  \"plan\": \"free\"\n}\n"),
            "metric `n`: number\nmetric `plan`: string\n");
}

TEST(MetricInferenceTest, LeavesOutWhatIsNoMetric) {
  EXPECT_EQ(Inferred("account,held,now,a`b,,a..b,usage.messages\n1,[],2,3,4,5,6\n",
                     {.id_column = "account", .held_column = "held"}),
            "metric `usage.messages`: number\n");
}

TEST(MetricInferenceTest, MalformedInputIsLeftForReadingIt) {
  EXPECT_EQ(Inferred(""), "");
  EXPECT_EQ(Inferred("[1, 2]"), "metric `[1`: string\nmetric `2]`: string\n");
  EXPECT_EQ(Inferred("{\"a\":1}\n{broken\n\xff\n{\"b\":2}\n"),
            "metric `a`: number\nmetric `b`: number\n");
}

TEST(MetricInferenceTest, AQuoteThatIsNeverClosedIsAnError) {
  EXPECT_EQ(Inferred("a,b\n1,\"never closed\n2,3\n"),
            "DATA_LOSS: a cell's opening quote is never closed");
}

}  // namespace
}  // namespace pql
