// Rows 17 and 18 of README.md, "What hostile input gets": rule files that change, break and vanish.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/end_to_end/calls.h"
#include "tests/end_to_end/server_process.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ReloadTest : public ::testing::Test {
 protected:
  ReloadTest() {
    directory_.Write("slack/rules.pql", RulesWithLimit(10));
    server_ = std::make_unique<ServerProcess>(
        directory_.path(), std::vector<std::string>{"--metrics-address=localhost:0"});
  }
  // Status and metrics show it.
  bool FailureComes() { return FailureIs(true); }
  bool FailureGoes() { return FailureIs(false); }
  bool FailureIs(bool there) {
    return Eventually([&] {
      return server_->GetRuleSet(kSlackRules).has_load_failure() == there &&
             server_->Metric("pql_rule_set_load_failed{rule_set=\"slack\"}") == (there ? 1 : 0);
    });
  }
  // The last good rules answer.
  void ExpectOldRules() {
    EXPECT_THAT(server_->Qualifies(kSlackRules, 10), ElementsAre("team"));
    EXPECT_THAT(server_->Qualifies(kSlackRules, 9), IsEmpty());
    EXPECT_EQ(server_->GetRuleSet(kSlackRules).revision(), 1);
  }

  Finished Lint() const { return RunPql({"lint", directory_.Path("slack")}); }

  const TempDirectory directory_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(ReloadTest, Row17InvalidFileKeepsTheOldRulesAndTheCorrectionIsLive) {
  directory_.Write("slack/rules.pql", "metric messages: number\nrule team { when mesages >= 5 }\n");
  ASSERT_TRUE(FailureComes());
  ExpectOldRules();
  const v1::RuleSet broken = server_->GetRuleSet(kSlackRules);
  ASSERT_THAT(broken.load_failure().diagnostics(), SizeIs(1));
  EXPECT_THAT(broken.load_failure().diagnostics(0).message(), HasSubstr("mesages"));
  EXPECT_EQ(broken.load_failure().diagnostics(0).location().file(), "slack/rules.pql");
  EXPECT_EQ(broken.load_failure().diagnostics(0).location().start_line(), 2);
  EXPECT_EQ(Lint().exit, 1);

  directory_.Write("slack/rules.pql", RulesWithLimit(5));
  ASSERT_TRUE(FailureGoes());
  EXPECT_THAT(server_->Qualifies(kSlackRules, 5), ElementsAre("team"));
  EXPECT_EQ(server_->GetRuleSet(kSlackRules).revision(), 2);
}

TEST_F(ReloadTest, Row17HalfWrittenFileKeepsTheOldRules) {
  directory_.Write("slack/rules.pql", RulesWithLimit(5).substr(0, 40));
  ASSERT_TRUE(FailureComes());
  EXPECT_THAT(server_->GetRuleSet(kSlackRules).load_failure().diagnostics(), Not(IsEmpty()));
  ExpectOldRules();
  EXPECT_EQ(Lint().exit, 1);
}

TEST_F(ReloadTest, Row17FilesOfTheWrongKindKeepTheOldRules) {
  const std::string extra = directory_.Path("slack/extra.pql");
  const struct {
    std::string what;
    std::function<void()> make;
  } kCases[] = {
      {"a dangling link", [&] { std::filesystem::create_symlink("nowhere.pql", extra); }},
      {"a link to itself", [&] { std::filesystem::create_symlink("extra.pql", extra); }},
      {"a named pipe", [&] { EXPECT_EQ(::mkfifo(extra.c_str(), 0600), 0); }},
      {"a device without an end", [&] { std::filesystem::create_symlink("/dev/zero", extra); }},
      {"a gigabyte",
       [&] {
         directory_.Write("slack/extra.pql", "");
         std::filesystem::resize_file(extra, uint64_t{1} << 30);  // sparse
       }},
  };
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.what);
    each.make();
    ASSERT_TRUE(FailureComes());
    EXPECT_THAT(server_->GetRuleSet(kSlackRules).load_failure().error(), HasSubstr("extra.pql"));
    ExpectOldRules();
    const Finished lint = Lint();
    EXPECT_EQ(lint.exit, 2) << lint.out;
    EXPECT_THAT(lint.err, HasSubstr("extra.pql"));
    std::filesystem::remove(extra);
    ASSERT_TRUE(FailureGoes());
  }
  std::filesystem::create_directory_symlink(".", directory_.Path("slack/loop"));
  directory_.Write("slack/rules.pql", RulesWithLimit(5));
  ASSERT_TRUE(Eventually([this] { return server_->GetRuleSet(kSlackRules).revision() == 2; }))
      << "a loop of directories does no harm";
}

TEST(UnreadableFileTest, Row17UnreadableFileKeepsTheOldRules) {
  const TempDirectory rules;
  rules.Write("slack/rules.pql", RulesWithLimit(10));
  rules.Write("slack/more.pql", "rule more { when messages >= 10 }\n");
  // Root reads everything, unless it gives that up.
  std::vector<std::string> wrapper;
  if (::geteuid() == 0) {
    wrapper = {"/usr/bin/setpriv", "--bounding-set", "-dac_override,-dac_read_search"};
    if (RunProgram({wrapper[0], wrapper[1], wrapper[2], "true"}).exit != 0) {
      GTEST_SKIP() << "root may not give up its privileges here";
    }
  }
  ServerProcess server(rules.path(), {}, wrapper);
  ASSERT_EQ(::chmod(rules.Path("slack/more.pql").c_str(), 0), 0);
  rules.Write("slack/rules.pql", RulesWithLimit(5));
  ASSERT_TRUE(Eventually([&] { return server.GetRuleSet(kSlackRules).has_load_failure(); }));
  EXPECT_THAT(server.GetRuleSet(kSlackRules).load_failure().error(), HasSubstr("more.pql"));
  EXPECT_THAT(server.Qualifies(kSlackRules, 10), ElementsAre("more", "team"));
  EXPECT_THAT(server.Qualifies(kSlackRules, 9), IsEmpty()) << "nothing of a half";
  std::vector<std::string> lint = {Program("pql"), "lint", rules.Path("slack")};
  lint.insert(lint.begin(), wrapper.begin(), wrapper.end());
  EXPECT_EQ(RunProgram(lint).exit, 2);
  ASSERT_EQ(::chmod(rules.Path("slack/more.pql").c_str(), 0600), 0);
  ASSERT_TRUE(Eventually([&] { return server.GetRuleSet(kSlackRules).revision() == 2; }));
  EXPECT_FALSE(server.GetRuleSet(kSlackRules).has_load_failure());
}

TEST_F(ReloadTest, Row17DeletedFileThatOthersNeedKeepsTheOldRules) {
  directory_.Write("slack/more.pql", "rule more { when messages >= 10 }\n");
  ASSERT_TRUE(Eventually([this] { return server_->GetRuleSet(kSlackRules).revision() == 2; }));
  std::filesystem::remove(directory_.Path("slack/rules.pql"));
  ASSERT_TRUE(FailureComes());
  EXPECT_THAT(server_->Qualifies(kSlackRules, 10), ElementsAre("more", "team"));
  EXPECT_EQ(Lint().exit, 1);
}

TEST_F(ReloadTest, Row17RemovedRuleSetStaysInForceAndSaysSo) {
  std::filesystem::remove_all(directory_.Path("slack"));
  ASSERT_TRUE(FailureComes());
  ExpectOldRules();
  EXPECT_THAT(server_->GetRuleSet(kSlackRules).load_failure().error(), HasSubstr("gone"));
  EXPECT_EQ(Lint().exit, 2);
}

TEST_F(ReloadTest, NewRuleSetIsServed) {
  directory_.Write("facebook/rules.pql", RulesWithLimit(7));
  ASSERT_TRUE(Eventually([this] { return server_->CountLog("rule set loaded") == 2; }));
  EXPECT_THAT(server_->Qualifies("ruleSets/facebook", 7), ElementsAre("team"));
}

TEST_F(ReloadTest, Row18TouchAndHangupWithoutAChangeReloadNothing) {
  std::filesystem::last_write_time(directory_.Path("slack/rules.pql"),
                                   std::filesystem::file_time_type::clock::now());
  for (int i = 0; i < 50; ++i) server_->process().Signal(SIGHUP);
  ASSERT_TRUE(Eventually([this] { return server_->CountLog("reload requested") > 0; }));
  directory_.Write("facebook/rules.pql", RulesWithLimit(7));
  ASSERT_TRUE(Eventually([this] { return server_->CountLog("rule set loaded") == 2; }));
  ExpectOldRules();
}

// How editors save: each is one revision, whatever stands in the directory meanwhile.
TEST_F(ReloadTest, Row18EditorsSaveIsOneReload) {
  const std::string file = directory_.Path("slack/rules.pql");
  const auto write = [this](const std::string& name, int limit) {
    directory_.Write("slack/" + name, RulesWithLimit(limit));
  };
  const struct {
    std::string editor;
    std::function<void(int limit)> save;
  } kCases[] = {
      {"VS Code: in place", [&](int limit) { write("rules.pql", limit); }},
      {"sed -i: a new file over the old one",
       [&](int limit) {
         write("sedXa8k", limit);
         std::filesystem::rename(directory_.Path("slack/sedXa8k"), file);
       }},
      {"Vim: the old file becomes a backup, which goes at the end",
       [&](int limit) {
         write("4913", 0);
         std::filesystem::remove(directory_.Path("slack/4913"));
         std::filesystem::rename(file, file + "~");
         write("rules.pql", limit);
         std::filesystem::remove(file + "~");
       }},
      {"Emacs: a lock that is a dangling link, and a backup that stays",
       [&](int limit) {
         std::filesystem::create_symlink("ada@host.1", directory_.Path("slack/.#rules.pql"));
         std::filesystem::rename(file, file + "~");
         write("rules.pql", limit);
         std::filesystem::remove(directory_.Path("slack/.#rules.pql"));
       }},
  };
  int revision = 1;
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.editor);
    const int limit = 10 + revision;
    each.save(limit);
    ++revision;
    ASSERT_TRUE(
        Eventually([&] { return server_->GetRuleSet(kSlackRules).revision() == revision; }));
    EXPECT_THAT(server_->Qualifies(kSlackRules, limit), ElementsAre("team"));
    EXPECT_THAT(server_->Qualifies(kSlackRules, limit - 1), IsEmpty());
  }
  // Nothing comes after them.
  for (int i = 0; i < 3; ++i) server_->process().Signal(SIGHUP);
  directory_.Write("facebook/rules.pql", RulesWithLimit(7));
  ASSERT_TRUE(Eventually([&] { return server_->CountLog("rule set loaded") == revision + 1; }));
  EXPECT_EQ(server_->GetRuleSet(kSlackRules).revision(), revision);
  EXPECT_FALSE(server_->GetRuleSet(kSlackRules).has_load_failure());
}

// Every rule refers to a name that changes with the commit, so that a mixture does not compile.
TEST_F(ReloadTest, Row18GitCheckoutOf500FilesIsOneReload) {
  const auto git = [this](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"git", "-C", directory_.Path("slack"), "-c",
                                         "user.name=ada", "-c", "user.email=ada@example.com"});
    const Finished run = RunProgram(arguments);
    ASSERT_EQ(run.exit, 0) << run.err;
  };
  const auto commit = [&](const std::string& name, int limit) {
    directory_.Write("slack/rules.pql", "metric messages: number\ndefine " + name +
                                            " = messages >= " + std::to_string(limit) + "\n");
    for (int i = 0; i < 500; ++i) {
      const std::string number = std::to_string(i);
      directory_.Write("slack/part" + number + "/more.pql",
                       "rule more_" + number + " { when " + name + " }\n");
    }
    git({"add", "."});
    git({"commit", "--quiet", "--message", name});
    git({"tag", name});
  };
  git({"init", "--quiet"});
  commit("before", 10);
  commit("after", 20);
  git({"checkout", "--quiet", "before"});
  ServerProcess server(directory_.path());
  EXPECT_EQ(server.GetRuleSet(kSlackRules).active_rule_count(), 500);
  // Before the next revision and after it, all rules answer alike.
  for (const auto& [to, revision] : {std::pair{"after", 2}, {"before", 3}, {"after", 4}}) {
    git({"checkout", "--quiet", to});
    ASSERT_TRUE(Eventually([&, revision = revision] {
      v1::EvaluateResponse response;
      EXPECT_TRUE(Evaluate(server, RequestWithMessages(kSlackRules, 15), &response).ok());
      EXPECT_EQ(response.evaluation().rules_size(), response.revision() % 2 == 1 ? 500 : 0);
      return response.revision() == revision;
    }));
    EXPECT_FALSE(server.GetRuleSet(kSlackRules).has_load_failure());
  }
  EXPECT_EQ(server.CountLog("rule set loaded"), 4);
}

}  // namespace
}  // namespace pql
