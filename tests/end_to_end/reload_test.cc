// Rule files that change, break and vanish below a running server: rows 17 and 18 of robustness.md.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "tests/end_to_end/server_process.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kName[] = "ruleSets/slack";

std::string RulesWithLimit(int limit) {
  return "metric messages: number\nrule team { when messages >= " + std::to_string(limit) + " }\n";
}

class ReloadTest : public ::testing::Test {
 protected:
  ReloadTest() {
    directory_.Write("slack/rules.pql", RulesWithLimit(10));
    server_ = std::make_unique<ServerProcess>(directory_.path());
  }
  bool FailureComes() {
    return Eventually([this] { return server_->GetRuleSet(kName).has_load_failure(); });
  }
  bool FailureGoes() {
    return Eventually([this] { return !server_->GetRuleSet(kName).has_load_failure(); });
  }
  // The last good rules answer.
  void ExpectOldRules() {
    EXPECT_THAT(server_->Qualifies(kName, 10), ElementsAre("team"));
    EXPECT_THAT(server_->Qualifies(kName, 9), IsEmpty());
    EXPECT_EQ(server_->GetRuleSet(kName).revision(), 1);
  }

  const TempDirectory directory_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(ReloadTest, TypoKeepsTheOldRulesAndTheCorrectionIsLive) {
  directory_.Write("slack/rules.pql", "metric messages: number\nrule team { when mesages >= 5 }\n");
  ASSERT_TRUE(FailureComes());
  ExpectOldRules();
  const v1::RuleSet broken = server_->GetRuleSet(kName);
  ASSERT_THAT(broken.load_failure().diagnostics(), SizeIs(1));
  EXPECT_THAT(broken.load_failure().diagnostics(0).message(), HasSubstr("mesages"));
  EXPECT_EQ(broken.load_failure().diagnostics(0).location().file(), "slack/rules.pql");
  EXPECT_EQ(broken.load_failure().diagnostics(0).location().start_line(), 2);

  directory_.Write("slack/rules.pql", RulesWithLimit(5));
  ASSERT_TRUE(FailureGoes());
  EXPECT_THAT(server_->Qualifies(kName, 5), ElementsAre("team"));
  EXPECT_EQ(server_->GetRuleSet(kName).revision(), 2);
}

TEST_F(ReloadTest, HalfWrittenFileKeepsTheOldRules) {
  directory_.Write("slack/rules.pql", RulesWithLimit(5).substr(0, 40));
  ASSERT_TRUE(FailureComes());
  ExpectOldRules();
}

TEST_F(ReloadTest, FilesOfTheWrongKindKeepTheOldRules) {
  const std::string extra = directory_.Path("slack/extra.pql");
  std::filesystem::create_symlink("nowhere.pql", extra);
  ASSERT_TRUE(FailureComes()) << "a dangling link";
  EXPECT_THAT(server_->GetRuleSet(kName).load_failure().error(), HasSubstr("extra.pql"));
  ExpectOldRules();
  std::filesystem::remove(extra);
  ASSERT_TRUE(FailureGoes());

  ASSERT_EQ(::mkfifo(extra.c_str(), 0600), 0);
  ASSERT_TRUE(FailureComes()) << "a named pipe";
  ExpectOldRules();
  std::filesystem::remove(extra);
  ASSERT_TRUE(FailureGoes());

  directory_.Write("slack/extra.pql", "");
  std::filesystem::resize_file(extra, uint64_t{1} << 30);  // sparse
  ASSERT_TRUE(FailureComes()) << "a gigabyte";
  ExpectOldRules();
  std::filesystem::remove(extra);
  ASSERT_TRUE(FailureGoes());

  std::filesystem::create_directory_symlink(".", directory_.Path("slack/loop"));
  directory_.Write("slack/rules.pql", RulesWithLimit(5));
  ASSERT_TRUE(Eventually([this] { return server_->GetRuleSet(kName).revision() == 2; }))
      << "a loop of links does no harm";
}

TEST_F(ReloadTest, RemovedRuleSetStaysInForceAndSaysSo) {
  std::filesystem::remove_all(directory_.Path("slack"));
  ASSERT_TRUE(FailureComes());
  ExpectOldRules();
  EXPECT_THAT(server_->GetRuleSet(kName).load_failure().error(), HasSubstr("gone"));
}

TEST_F(ReloadTest, NewRuleSetIsServed) {
  directory_.Write("facebook/rules.pql", RulesWithLimit(7));
  ASSERT_TRUE(Eventually([this] { return server_->CountLog("rule set loaded") == 2; }));
  EXPECT_THAT(server_->Qualifies("ruleSets/facebook", 7), ElementsAre("team"));
}

TEST_F(ReloadTest, TouchAndHangupWithoutAChangeReloadNothing) {
  std::filesystem::last_write_time(directory_.Path("slack/rules.pql"),
                                   std::filesystem::file_time_type::clock::now());
  for (int i = 0; i < 50; ++i) server_->process().Signal(SIGHUP);
  ASSERT_TRUE(Eventually([this] { return server_->CountLog("reload requested") > 0; }));
  directory_.Write("facebook/rules.pql", RulesWithLimit(7));
  ASSERT_TRUE(Eventually([this] { return server_->CountLog("rule set loaded") == 2; }));
  ExpectOldRules();
}

TEST_F(ReloadTest, CheckoutOfManyFilesIsOneRevision) {
  for (int i = 0; i < 500; ++i) {
    const std::string number = std::to_string(i);
    directory_.Write("slack/part" + number + "/more.pql",
                     "rule more_" + number + " { when messages > " + number + " }\n");
  }
  ASSERT_TRUE(Eventually([this] { return server_->GetRuleSet(kName).active_rule_count() == 501; }));
  EXPECT_EQ(server_->GetRuleSet(kName).revision(), 2);
  EXPECT_EQ(server_->CountLog("rule set loaded"), 2);
}

}  // namespace
}  // namespace pql
