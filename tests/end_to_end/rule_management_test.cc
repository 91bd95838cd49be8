// Rules changed with `pql` on a real server: pushed, listed, rolled back, watched, and there again
// after a restart.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/end_to_end/calls.h"
#include "tests/end_to_end/server_process.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class RuleManagementTest : public ::testing::Test {
 protected:
  RuleManagementTest() { work_.Write("slack/rules.pql", RulesWithLimit(10)); }

  void StartServer() {
    server_ = std::make_unique<ServerProcess>(
        "", std::vector<std::string>{"--store=sqlite:" + work_.Path("rules.db")});
  }
  void StopServer() {
    server_->process().Signal(SIGTERM);
    EXPECT_EQ(server_->process().Wait(), 0) << server_->process().Err();
    server_.reset();
  }
  // Runs `pql ARGUMENTS --server ADDRESS` and returns its exit status.
  int Pql(std::vector<std::string> arguments, const std::string& server = "") {
    arguments.insert(arguments.end(), {"--server", server.empty() ? server_->address() : server});
    const Finished run = RunPql(std::move(arguments));
    out_ = run.out;
    err_ = run.err;
    return run.exit;
  }

  const TempDirectory work_;
  std::unique_ptr<ServerProcess> server_;
  std::string out_;
  std::string err_;
};

TEST_F(RuleManagementTest, PushedRulesAreInForceAndSurviveARestart) {
  StartServer();
  ASSERT_EQ(Pql({"push", work_.Path("slack"), "--dry-run"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("+ rule team: added"));
  EXPECT_THAT(out_, HasSubstr("dry run: 1 rule added; nothing was changed"));
  ASSERT_EQ(Pql({"status"}), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("has no rule set yet"));
  ASSERT_EQ(Pql({"push", work_.Path("slack"), "--comment", "first"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("rule set slack is at revision 1: 1 rule added"));
  EXPECT_THAT(server_->Qualifies(kSlackRules, 10), ElementsAre("team"));

  work_.Write("slack/rules.pql", RulesWithLimit(20));
  ASSERT_EQ(Pql({"push", work_.Path("slack")}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("~ rule team: modified (when)"));
  EXPECT_THAT(out_, HasSubstr("-  when   messages >= 10"));
  EXPECT_THAT(out_, HasSubstr("+  when   messages >= 20"));
  EXPECT_THAT(server_->Qualifies(kSlackRules, 10), IsEmpty());
  ASSERT_EQ(Pql({"push", work_.Path("slack")}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("is as it was, at revision 2"));
  ASSERT_EQ(Pql({"rules", "create", "slack", "own", "--when", "messages > 1", "--title", "Own"}), 0)
      << err_;
  EXPECT_THAT(out_, HasSubstr("rule own is made; rule set slack is at revision 3"));

  StopServer();
  StartServer();
  EXPECT_EQ(server_->GetRuleSet(kSlackRules).revision(), 3);
  EXPECT_THAT(server_->Qualifies(kSlackRules, 10), ElementsAre("own"));
  ASSERT_EQ(Pql({"revisions", "slack"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("\"first\""));
  EXPECT_THAT(out_, HasSubstr("anonymous  push  1 rule modified"));
  ASSERT_EQ(Pql({"revisions", "slack", "2"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("+  when   messages >= 20"));
  ASSERT_EQ(Pql({"rollback", "slack", "1", "--comment", "too few leads"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("rule set slack is at revision 4"));
  EXPECT_THAT(server_->Qualifies(kSlackRules, 10), ElementsAre("team"));
  ASSERT_EQ(Pql({"rules", "list", "slack"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("team  active  by anonymous"));
  EXPECT_THAT(out_, Not(HasSubstr("own")));
  ASSERT_EQ(Pql({"rules", "update", "slack", "team", "--when", "messages >= 5"}), 0) << err_;
  ASSERT_EQ(Pql({"rules", "get", "slack", "team"}), 0) << err_;
  EXPECT_EQ(out_, "rule team {\n  when   messages >= 5\n}\n");
  ASSERT_EQ(Pql({"rules", "delete", "slack", "team"}), 0) << err_;
  ASSERT_EQ(Pql({"status", "--format", "json"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("\"revision\":\"6\""));
}

TEST_F(RuleManagementTest, RefusedPushShowsTheLinesAndChangesNothing) {
  StartServer();
  ASSERT_EQ(Pql({"push", work_.Path("slack")}), 0) << err_;
  work_.Write("slack/more/b.pql", "rule other { when mesages > 3 }\n");
  EXPECT_EQ(Pql({"push", work_.Path("slack")}), 1);
  EXPECT_THAT(out_, HasSubstr("more/b.pql:1:19: error: "));
  EXPECT_THAT(out_, HasSubstr("1 | rule other { when mesages > 3 }"));
  EXPECT_THAT(out_, HasSubstr("^~~~~~~"));
  EXPECT_THAT(err_, HasSubstr("nothing was changed"));
  EXPECT_EQ(server_->GetRuleSet(kSlackRules).revision(), 1);
  EXPECT_EQ(Pql({"push", work_.Path("slack"), "--format", "json"}), 1);
  EXPECT_THAT(out_, HasSubstr("\"code\":\"PQL"));
}

TEST_F(RuleManagementTest, MistakesEndWithTwoAndSayWhatToDo) {
  EXPECT_EQ(Pql({"push", work_.Path("slack")}, "localhost:1"), 2);
  EXPECT_THAT(err_, HasSubstr("no answer from a server at localhost:1"));
  StartServer();
  EXPECT_EQ(Pql({"push", work_.Path("nothing")}), 2);
  ASSERT_EQ(Pql({"push", work_.Path("slack")}), 0) << err_;
  work_.Write("slack/rules.pql", RulesWithLimit(20));
  EXPECT_EQ(Pql({"push", work_.Path("slack"), "--expected-revision", "7"}), 2);
  EXPECT_THAT(err_, HasSubstr("expects revision 7, and it is at revision 1"));
  EXPECT_EQ(Pql({"rollback", "slack", "9"}), 2);
  EXPECT_THAT(err_, HasSubstr("has no revision 9"));
  EXPECT_EQ(Pql({"rules", "get", "slak", "team"}), 2);
  EXPECT_THAT(err_, HasSubstr("did you mean `slack`?"));
}

TEST_F(RuleManagementTest, ServerMayComeFromTheEnvironmentAndFromAFile) {
  StartServer();
  work_.Write("config/pql/config",
              "# the server of the team\nserver = " + server_->address() + "\n");
  const auto status = [this](const std::string& first, const std::string& second) {
    Subprocess process({"/usr/bin/env", first, second, Program("pql"), "status"});
    const int exit = process.Wait();
    err_ = process.Err();
    return exit;
  };
  const std::string config = "XDG_CONFIG_HOME=" + work_.Path("config");
  EXPECT_EQ(status(config, "A=b"), 0) << err_;
  EXPECT_EQ(status(config, "PQL_SERVER=localhost:1"), 2) << "the environment goes first";
  EXPECT_THAT(err_, HasSubstr("localhost:1"));
  EXPECT_EQ(status(config, "PQL_TOKEN_FILE=/does/not/exist"), 2);
  work_.Write("config/pql/config", "sever = localhost:1\n");
  EXPECT_EQ(status(config, "A=b"), 2);
  EXPECT_THAT(err_, HasSubstr("pql/config:1: got `sever = localhost:1`"));
  work_.Write("token", "secret");
  EXPECT_EQ(status("PQL_SERVER=rules.example.com:443", "PQL_TOKEN_FILE=" + work_.Path("token")), 2);
  EXPECT_THAT(err_, HasSubstr("in plain text"));
}

TEST_F(RuleManagementTest, FilesAndPushedRulesAreOneRuleSet) {
  const TempDirectory files;
  files.Write("slack/rules.pql", RulesWithLimit(10));
  ServerProcess server(files.path());
  ASSERT_EQ(Pql({"rules", "delete", "slack", "team"}, server.address()), 2);
  EXPECT_THAT(err_, HasSubstr("comes from the file slack/rules.pql, line 2: change it there"));
  ASSERT_EQ(Pql({"rules", "create", "slack", "own", "--when", "team and messages < 100"},
                server.address()),
            0)
      << err_;
  EXPECT_THAT(server.Qualifies(kSlackRules, 10), ElementsAre("own", "team"));
  files.Write("slack/rules.pql", RulesWithLimit(50));
  EXPECT_TRUE(Eventually([&server] { return server.GetRuleSet(kSlackRules).revision() == 3; }));
  EXPECT_THAT(server.Qualifies(kSlackRules, 10), IsEmpty());
  EXPECT_THAT(server.Qualifies(kSlackRules, 50), ElementsAre("own", "team"));
  files.Write("slack/rules.pql", RulesWithLimit(50) + "rule own { when messages > 1 }\n");
  EXPECT_TRUE(Eventually([&server] { return server.GetRuleSet(kSlackRules).has_load_failure(); }));
  EXPECT_EQ(Pql({"status"}, server.address()), 1);
  EXPECT_THAT(out_, HasSubstr("a newer version is not in force"));
  EXPECT_THAT(server.Qualifies(kSlackRules, 50), ElementsAre("own", "team"))
      << "the last good ones";
}

TEST_F(RuleManagementTest, WatchPrintsEveryRevision) {
  StartServer();
  Subprocess watch({Program("pql"), "watch", "--server", server_->address(), "--format", "json"});
  const auto events = [&watch](const std::string& event) {
    size_t count = 0;
    const std::string out = watch.Out();
    for (size_t at = 0; (at = out.find("_" + event + "\"", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  ASSERT_TRUE(Eventually([&] { return events("CAUGHT_UP") == 1; })) << watch.Err();
  for (int i = 1; i <= 5; ++i) {
    work_.Write("slack/rules.pql", RulesWithLimit(i));
    ASSERT_EQ(Pql({"push", work_.Path("slack")}), 0) << err_;
  }
  EXPECT_TRUE(Eventually([&] { return events("CHANGED") == 5; })) << watch.Out();
  watch.Signal(SIGINT);
  watch.Wait();
}

TEST_F(RuleManagementTest, WatchSaysOnceThatTheServerIsAwayAndOnceThatItIsBack) {
  StartServer();
  const std::string address = server_->address();
  Subprocess watch({Program("pql"), "watch", "--server", address, "--format", "json"});
  const auto count = [](const std::string& text, const std::string& part) {
    size_t count = 0;
    for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
    return count;
  };
  ASSERT_TRUE(Eventually([&] { return count(watch.Out(), "_CAUGHT_UP\"") == 1; })) << watch.Err();
  StopServer();
  ASSERT_TRUE(Eventually([&] { return count(watch.Err(), "is lost; trying again") == 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(2'500));  // it tries every second
  server_ = std::make_unique<ServerProcess>(
      "",
      std::vector<std::string>{"--store=sqlite:" + work_.Path("rules.db"), "--listen=" + address});
  ASSERT_TRUE(Eventually([&] { return count(watch.Out(), "_CAUGHT_UP\"") == 2; })) << watch.Err();
  EXPECT_EQ(watch.Err(), "pql: note: the connection to " + address +
                             " is lost; trying again\npql: note: the connection to " + address +
                             " is back\n");
  watch.Signal(SIGINT);
  watch.Wait();
}

TEST_F(RuleManagementTest, SecondServerOnTheStoreIsRefused) {
  StartServer();
  Subprocess second(
      {Program("pqld"), "--store=sqlite:" + work_.Path("rules.db"), "--listen=localhost:0"});
  EXPECT_EQ(second.Wait(), 2);
  EXPECT_THAT(second.Err(), HasSubstr("--store"));
}

}  // namespace
}  // namespace pql
