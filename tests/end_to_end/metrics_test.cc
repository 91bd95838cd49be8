// What monitoring and people see of a running pqld: metrics, alerts, the dashboard, the request
// log, `pql status`.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/end_to_end/server_process.h"

namespace pql {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kDeploy[] = PQL_SOURCE_DIR "/tools/deploy/";

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str(), "") << path;
  return text.str();
}

// The names of metrics in a text of PromQL, of which `prefix` begins each.
std::set<std::string> NamesIn(std::string_view text, std::string_view prefix) {
  std::set<std::string> names;
  const auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  for (size_t at = 0; (at = text.find(prefix, at)) != std::string_view::npos;) {
    size_t end = at;
    while (end < text.size() && is_name(text[end])) ++end;
    if (at == 0 || !is_name(text[at - 1])) names.emplace(text.substr(at, end - at));
    at = end;
  }
  return names;
}

std::set<std::string> MetricsIn(std::string_view text) {
  std::set<std::string> names = NamesIn(text, "pql_");
  names.merge(NamesIn(text, "process_"));
  return names;
}

// Exit status of promtool; says what it said when that is not 0.
int Promtool(const std::vector<std::string>& arguments, const std::string& input = "") {
  std::vector<std::string> command = {"promtool"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  Subprocess process(command, input);
  const int status = process.Wait();
  EXPECT_NE(status, 127) << "promtool is missing; tools/install_packages installs it";
  EXPECT_EQ(status, 0) << process.Out() << process.Err();
  return status;
}

class ServerMetricsTest : public ::testing::Test {
 protected:
  ServerMetricsTest() {
    directory_.Write("slack/rules.pql",
                     "metric messages: number\nrule team { when messages >= 10 }\n");
    directory_.Write("broken/rules.pql", "rule team {");
  }
  static grpc::Status EvaluateTypo(ServerProcess* server) {
    grpc::ClientContext context;
    context.AddMetadata("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    v1::EvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    request.mutable_account()->set_id("account-of-a-person");
    (*request.mutable_account()->mutable_metrics())["mesages"].set_string_value("secret");
    v1::EvaluateResponse response;
    return server->evaluations().Evaluate(&context, request, &response);
  }
  int Status(const ServerProcess& server, const std::vector<std::string>& options = {}) {
    std::vector<std::string> command = {Program("pql"), "status", "--server", server.address()};
    command.insert(command.end(), options.begin(), options.end());
    Subprocess process(command);
    const int status = process.Wait();
    out_ = process.Out();
    EXPECT_EQ(process.Err(), "");
    return status;
  }

  const TempDirectory directory_;
  std::string out_;
};

TEST_F(ServerMetricsTest, AlertsAndDashboardUseMetricsThatThereAre) {
  ServerProcess server(directory_.path());
  EXPECT_THAT(server.Qualifies("ruleSets/slack", 10), ::testing::ElementsAre("team"));
  EXPECT_TRUE(EvaluateTypo(&server).ok());
  {  // a limit, so that its series is there
    grpc::ClientContext context;
    v1::EvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    request.mutable_account()->set_id(std::string(100'000, 'x'));
    v1::EvaluateResponse response;
    EXPECT_FALSE(server.evaluations().Evaluate(&context, request, &response).ok());
  }
  const std::string scrape = server.Scrape();
  EXPECT_EQ(Promtool({"check", "metrics"}, scrape), 0);
  std::set<std::string> there;  // series and families alike
  std::istringstream lines(scrape);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("#")) there.insert(line.substr(0, line.find_first_of("{ ")));
  }
  EXPECT_THAT(there, Contains("pql_rule_outcomes_total"));

  std::string dashboard;
  const auto parsed =
      nlohmann::json::parse(ReadText(std::string(kDeploy) + "grafana_dashboard.json"));
  for (const auto& panel : parsed["panels"]) {
    for (const auto& target : panel.value("targets", nlohmann::json::array())) {
      dashboard += target["expr"].get<std::string>() + "\n";
    }
  }
  for (const auto& variable : parsed["templating"]["list"]) {
    if (variable["type"] == "query") dashboard += variable["definition"].get<std::string>() + "\n";
  }
  const std::set<std::string> shown = MetricsIn(dashboard);
  EXPECT_GT(shown.size(), 20);
  for (const std::string& name : shown) EXPECT_THAT(there, Contains(name)) << "in the dashboard";
  for (const char* file : {"pqld_alerts.yaml", "pqld_alerts_test.yaml"}) {
    const std::set<std::string> names = MetricsIn(ReadText(std::string(kDeploy) + file));
    EXPECT_GT(names.size(), 10);
    for (const std::string& name : names) EXPECT_THAT(there, Contains(name)) << file;
  }
  const std::string readme = ReadText(PQL_SOURCE_DIR "/README.md");
  const size_t section = readme.find("### Watching it");
  ASSERT_NE(section, std::string::npos);
  const std::set<std::string> documented =
      MetricsIn(readme.substr(section, readme.find("\n### ", section) - section));
  EXPECT_GT(documented.size(), 10);
  for (const std::string& name : documented) {
    EXPECT_TRUE(there.contains(name) || there.contains(name + "_bucket"))
        << name << " in README.md";
  }
}

TEST(AlertRulesTest, AreThereWhenTheyShouldBe) {
  EXPECT_EQ(Promtool({"test", "rules", std::string(kDeploy) + "pqld_alerts_test.yaml"}), 0);
  EXPECT_EQ(Promtool({"check", "config", std::string(kDeploy) + "prometheus.yaml"}), 0);
}

TEST_F(ServerMetricsTest, FollowWhatHappens) {
  ServerProcess server(directory_.path());
  EXPECT_THAT(server.Qualifies("ruleSets/slack", 10), ::testing::ElementsAre("team"));
  EXPECT_TRUE(EvaluateTypo(&server).ok());
  const std::string scrape = server.Scrape();
  for (const char* line : {
           "pql_requests_total{method=\"Evaluate\",code=\"OK\"} 2\n",
           "pql_evaluated_accounts_total{rule_set=\"slack\"} 2\n",
           "pql_rule_outcomes_total{rule_set=\"slack\",rule=\"team\",outcome=\"qualified\"} 1\n",
           "pql_rule_outcomes_total{rule_set=\"slack\",rule=\"team\",outcome=\"unknown\"} 1\n",
           "pql_unknown_metrics_total{rule_set=\"slack\"} 1\n",
           "pql_rule_set_revision{rule_set=\"slack\"} 1\n",
           "pql_rule_set_revision{rule_set=\"broken\"} 0\n",
           "pql_rule_set_load_failed{rule_set=\"broken\"} 1\n",
           "pql_rule_set_loads_total{result=\"ok\"} 1\n",
           "pql_store_up 1\n",
       }) {
    EXPECT_THAT(scrape, HasSubstr(line));
  }
  EXPECT_THAT(scrape, Not(HasSubstr("mesages"))) << "names of callers are no labels";
  directory_.Write("slack/rules.pql", "rule team {");
  EXPECT_TRUE(Eventually([&server] {
    return server.Scrape().find("pql_rule_set_load_failed{rule_set=\"slack\"} 1\n") !=
           std::string::npos;
  }));
  EXPECT_THAT(server.Scrape(), HasSubstr("pql_rule_set_revision{rule_set=\"slack\"} 1\n"));
}

TEST_F(ServerMetricsTest, AddressThatIsTakenStopsAServerThatAsksForIt) {
  ServerProcess server(directory_.path());
  const std::string taken = "--metrics-address=localhost:" + std::to_string(server.metrics_port());
  Subprocess second({Program("pqld"), "--store=memory", "--listen=localhost:0", taken});
  EXPECT_EQ(second.Wait(), 2);
  EXPECT_THAT(second.Err(), HasSubstr("cannot serve metrics on localhost:"));
  ServerProcess without(directory_.path(), {"--metrics-address=off"});
  EXPECT_EQ(without.CountLog("serving metrics"), 0);
}

TEST_F(ServerMetricsTest, RequestsAreLoggedWithTheirTraceAndWithoutValues) {
  ServerProcess server(directory_.path(), {"--log-requests=sample:1"});
  EXPECT_TRUE(EvaluateTypo(&server).ok());
  EXPECT_TRUE(Eventually([&server] { return server.CountLog("request") >= 1; }));
  EXPECT_EQ(server.LogField("request", "method"), "Evaluate");
  EXPECT_EQ(server.LogField("request", "code"), "OK");
  EXPECT_EQ(server.LogField("request", "resource"), "ruleSets/slack");
  EXPECT_EQ(server.LogField("request", "trace_id"), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(server.LogField("request", "span_id"), "00f067aa0ba902b7");
  const std::string unknown = "accounts have metrics that the rule set does not declare";
  EXPECT_TRUE(Eventually([&] { return server.CountLog(unknown) == 1; }));
  EXPECT_EQ(server.LogField(unknown, "metrics"), "mesages");
  EXPECT_THAT(server.process().Err(), Not(HasSubstr("secret")));
  EXPECT_THAT(server.process().Err(), Not(HasSubstr("account-of-a-person")));
}

TEST_F(ServerMetricsTest, StatusIsForAPerson) {
  ServerProcess server(directory_.path());
  EXPECT_THAT(server.Qualifies("ruleSets/slack", 10), ::testing::ElementsAre("team"));
  EXPECT_TRUE(EvaluateTypo(&server).ok());
  EXPECT_EQ(Status(server), 1) << "a rule set is broken";
  EXPECT_THAT(out_, HasSubstr(server.address() + "  pqld "));
  EXPECT_THAT(out_, HasSubstr("  store  memory, works\n"));
  EXPECT_THAT(
      out_,
      HasSubstr("  load   1 of 1000 calls, 0 queued, 0 of 1000 watches, 0 of 1000 streams\n"));
  EXPECT_THAT(out_, HasSubstr("slack  revision 1, in force for "));
  EXPECT_THAT(out_, HasSubstr("  2 accounts evaluated\n"));
  EXPECT_THAT(out_, HasSubstr("metrics it does not declare: mesages (1 time, "));
  EXPECT_THAT(out_, HasSubstr("broken  never loaded\n  a newer version is not in force, tried "));
  EXPECT_EQ(Status(server, {"--format", "json"}), 1);
  const auto json = nlohmann::json::parse(out_);
  EXPECT_EQ(json["status"]["store"]["available"], true);
  EXPECT_EQ(json["status"]["ruleSets"][0]["unknownMetrics"][0]["name"], "mesages");
  EXPECT_EQ(json["ruleSets"].size(), 2);
}

}  // namespace
}  // namespace pql
