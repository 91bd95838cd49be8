#include "server/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "base/strings.h"
#include "server/metrics_endpoint.h"
#include "server/process_status.h"
#include "tests/engine/engine_testing.h"
#include "tests/testing/http_get.h"

namespace pql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MetricsTest : public ::testing::Test {
 protected:
  static Limits SmallLimits() {
    Limits limits;
    limits.max_counted_rules = 2;
    return limits;
  }
  std::string Scrape() const {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, metrics_.Collect());
    return out.str();
  }
  RevisionTelemetry& Slack() { return *engine_.rule_sets().snapshot()->Find("slack")->telemetry; }

  FakeClock clock_;
  Engine engine_{SmallLimits(), &clock_};
  const ServerMetrics metrics_{&engine_, [] {
                                 return ServerCounts{
                                     .plugin_faults = 7,
                                     .open_connections = 1,
                                     .accepted_connections = 9,
                                     .refused_connections = {{"max-connections", 2}},
                                     .ended_connections = {{"max-memory", 3}}};
                               }};
};

TEST_F(MetricsTest, ShowsCalls) {
  engine_.telemetry().RecordCall(Method::kEvaluate, absl::NotFoundError(""),
                                 std::chrono::microseconds{20}, 50);
  const std::string text = Scrape();
  EXPECT_THAT(text, HasSubstr("pql_requests_total{method=\"Evaluate\",code=\"NOT_FOUND\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pql_requests_total{method=\"GetRule\",code=\"OK\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("pql_request_bytes_total{method=\"Evaluate\"} 50\n"));
  EXPECT_THAT(text, HasSubstr("pql_request_duration_seconds_count{method=\"Evaluate\"} 1\n"));
  const std::string bucket = "pql_request_duration_seconds_bucket{method=\"Evaluate\",le=";
  EXPECT_THAT(text, HasSubstr(bucket + "\"1e-05\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(bucket + "\"2.5e-05\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(bucket + "\"+Inf\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pql_plugin_faults_total 7\n"));
  EXPECT_THAT(text, HasSubstr("pql_connections 1\n"));
  EXPECT_THAT(text, HasSubstr("pql_accepted_connections_total 9\n"));
  EXPECT_THAT(text, HasSubstr("pql_refused_connections_total{limit=\"max-connections\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("pql_ended_connections_total{limit=\"max-memory\"} 3\n"));
}

TEST_F(MetricsTest, ShowsRuleSets) {
  engine_.rule_sets().Update(TreeOf({{"slack", kTeamRules}, {"broken", "rule team {"}}));
  Slack().AddAccounts(5);
  Slack().AddQualified(
      *engine_.rule_sets().snapshot()->Find("slack")->rule_set->checked.FindRule("team"));
  Slack().AddUnknownMetric("evil\"} 1\nfake_metric 2");
  const std::string text = Scrape();
  EXPECT_THAT(text, HasSubstr("pql_rule_sets 2\n"));
  EXPECT_THAT(text, HasSubstr("pql_rule_set_revision{rule_set=\"slack\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pql_rule_set_revision{rule_set=\"broken\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("pql_rule_set_load_failed{rule_set=\"broken\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pql_rule_set_load_failed{rule_set=\"slack\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("pql_rule_set_rules{rule_set=\"slack\",mode=\"draft\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pql_rule_set_loads_total{result=\"failed\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pql_evaluated_accounts_total{rule_set=\"slack\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("pql_unknown_metrics_total{rule_set=\"slack\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("fake_metric"))) << "callers make no series";
  EXPECT_THAT(text, HasSubstr("rule=\"(other)\",outcome=\"unknown\"} 0\n"))
      << "three rules, two counted apart";
}

TEST_F(MetricsTest, ManyRuleSetsHaveBoundedSeries) {
  RuleTree tree;
  constexpr size_t kMore = ServerMetrics::kMaxRuleSets + 5;
  for (size_t i = 0; i < kMore; ++i) {
    tree.emplace(StrCat("set", i), std::vector<SourceText>{{"a.pql", "metric m: number\n"}});
  }
  engine_.rule_sets().Update(tree);
  const std::string text = Scrape();
  size_t series = 0;
  const std::string name = "\npql_rule_set_revision{";
  for (size_t at = 0; (at = text.find(name, at)) != std::string::npos; ++at) ++series;
  EXPECT_EQ(series, ServerMetrics::kMaxRuleSets);
  EXPECT_THAT(text, HasSubstr(StrCat("pql_rule_sets ", kMore, "\n")));
}

TEST_F(MetricsTest, AreServedOverHttp) {
  auto endpoint = MetricsEndpoint::Start(
      "localhost:0", std::make_shared<ServerMetrics>(&engine_, [] { return ServerCounts(); }));
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  const HttpAnswer answer = HttpGet((*endpoint)->port(), "/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("# HELP pql_build_info"));
  EXPECT_EQ(HttpGet((*endpoint)->port(), "/").status, 404);

  const auto second = MetricsEndpoint::Start(
      StrCat("localhost:", (*endpoint)->port()),
      std::make_shared<ServerMetrics>(&engine_, [] { return ServerCounts(); }));
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("--metrics-address"));
}

TEST(ProcessStatusTest, ReadsItsOwn) {
  const std::optional<ProcessStatus> status = ReadProcessStatus();
  ASSERT_TRUE(status.has_value());
  EXPECT_GT(status->start_unix_seconds, 1.6e9);
  EXPECT_GT(status->resident_bytes, 1 << 20);
  EXPECT_GE(status->virtual_bytes, status->resident_bytes);
  EXPECT_GE(status->threads, 1);
  EXPECT_GE(status->open_descriptors, 3);
  EXPECT_GT(status->max_descriptors, status->open_descriptors);
}

TEST(ProcessStatusTest, TheNameOfAProgramMayBeAnything) {
  const std::string numbers =
      " S 1 2 3 4 5 6 7 8 9 10 150 50 14 15 16 17 12 19 6000 8192000 100 22";
  for (const std::string name : {"(pqld)", "(a) b (c 9 9)"}) {
    const auto status = ParseProcessStat(StrCat("42 ", name, numbers), 100, 4'096);
    ASSERT_TRUE(status.has_value()) << name;
    EXPECT_EQ(status->cpu_seconds, 2);
    EXPECT_EQ(status->threads, 12);
    EXPECT_EQ(status->start_unix_seconds, 60);
    EXPECT_EQ(status->virtual_bytes, 8'192'000);
    EXPECT_EQ(status->resident_bytes, 409'600);
  }
  EXPECT_FALSE(ParseProcessStat("42 (pqld) S 1 2", 100, 4'096).has_value());
  EXPECT_FALSE(ParseProcessStat("", 100, 4'096).has_value());
}

}  // namespace
}  // namespace pql
