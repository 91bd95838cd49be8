#include "store/rule_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string MessageOf(const RuleTree& tree, const std::string& id) {
  return std::string(tree.at(id).status().message());
}

TEST(RuleTreeTest, EachSubdirectoryWithRuleFilesIsARuleSet) {
  const TempDirectory directory;
  directory.Write("slack/metrics.pql", "m");
  directory.Write("slack/emea/teams.pql", "t");
  directory.Write("facebook/rules.pql", "f");
  directory.Write("docs/README.md", "no rules");
  directory.Write(".git/x.pql", "hidden");
  const auto tree = ReadRuleTree(directory.path(), {});
  ASSERT_TRUE(tree.ok()) << tree.status();
  ASSERT_EQ(tree->size(), 2);
  const auto& slack = tree->at("slack");
  ASSERT_TRUE(slack.ok());
  ASSERT_EQ(slack->size(), 2);
  EXPECT_EQ((*slack)[0].name, "slack/emea/teams.pql");
  EXPECT_EQ((*slack)[0].text, "t");
  EXPECT_EQ((*slack)[1].name, "slack/metrics.pql");
  EXPECT_EQ(tree->at("facebook")->front().name, "facebook/rules.pql");
}

TEST(RuleTreeTest, TheConfigurationOfTheLinterComesAlong) {
  const TempDirectory directory;
  directory.Write("slack/metrics.pql", "m");
  directory.Write("slack/.pqllint", "c");
  directory.Write("docs/.pqllint", "no rule set");
  const auto tree = ReadRuleTree(directory.path(), {});
  ASSERT_TRUE(tree.ok()) << tree.status();
  ASSERT_EQ(tree->size(), 1);
  const auto& slack = tree->at("slack");
  ASSERT_EQ(slack->size(), 2);
  EXPECT_EQ((*slack)[1].name, "slack/.pqllint");
  EXPECT_EQ((*slack)[1].text, "c");
}

TEST(RuleTreeTest, WhatIsWrongWithOneRuleSetIsItsOwnError) {
  const TempDirectory directory;
  directory.Write("good/a.pql", "a");
  directory.Write("pipe/a.pql", "a");
  ASSERT_EQ(::mkfifo((directory.path() + "/pipe/b.pql").c_str(), 0600), 0);
  directory.Write("dangling/a.pql", "a");
  std::filesystem::create_symlink("nowhere", directory.path() + "/dangling/b.pql");
  directory.Write("folder/a.pql/inside", "a");
  directory.Write("folder/b.pql", "b");
  directory.Write("large/a.pql", "0123456789");
  directory.Write("sum/a.pql", "0123");
  directory.Write("sum/b.pql", "0123");
  const auto tree = ReadRuleTree(directory.path(), {.max_file_bytes = 8, .max_rule_set_bytes = 7});
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_TRUE(tree->at("good").ok());
  EXPECT_THAT(MessageOf(*tree, "pipe"), HasSubstr("b.pql: is a named pipe"));
  EXPECT_THAT(MessageOf(*tree, "dangling"), HasSubstr("b.pql: is a symbolic link to something"));
  EXPECT_TRUE(tree->at("folder").ok()) << "a directory may have any name";
  EXPECT_THAT(MessageOf(*tree, "large"), HasSubstr("larger than the limit of 8 bytes"));
  EXPECT_THAT(MessageOf(*tree, "sum"), HasSubstr("--max-source-bytes"));
}

TEST(RuleTreeTest, LoopOfDirectoriesEnds) {
  const TempDirectory directory;
  directory.Write("loop/a.pql", "a");
  std::filesystem::create_directory_symlink("..", directory.path() + "/loop/up");
  const auto tree = ReadRuleTree(directory.path(), {});
  ASSERT_TRUE(tree.ok()) << tree.status();
  ASSERT_TRUE(tree->at("loop").ok()) << tree->at("loop").status();
}

TEST(RuleTreeTest, UnlistableRootIsAnError) {
  EXPECT_FALSE(ReadRuleTree("/does/not/exist", {}).ok());
}

TEST(RuleTreeTest, StrayFilesLieOutsideOfEveryRuleSet) {
  const TempDirectory directory;
  directory.Write("slack/metrics.pql", "m");
  EXPECT_THAT(*FindStrayRuleFiles(directory.path()), ElementsAre());
  directory.Write("loose.pql", "m");
  EXPECT_THAT(*FindStrayRuleFiles(directory.path()), ElementsAre("loose.pql"));
}

TEST(RuleTreeTest, FingerprintTellsEveryKindOfChange) {
  const TempDirectory directory;
  directory.Write("a/x.pql", "1");
  std::string before = FingerprintOf(directory.path());
  EXPECT_EQ(FingerprintOf(directory.path()), before);
  const auto changed = [&before, &directory] {
    const std::string now = FingerprintOf(directory.path());
    return std::exchange(before, now) != now;
  };
  directory.Write("a/x.pql", "12");
  EXPECT_TRUE(changed()) << "written";
  directory.Write("a/y.pql", "1");
  EXPECT_TRUE(changed()) << "added";
  std::filesystem::rename(directory.path() + "/a/y.pql", directory.path() + "/a/x.pql");
  EXPECT_TRUE(changed()) << "replaced";
  std::filesystem::remove(directory.path() + "/a/x.pql");
  EXPECT_TRUE(changed()) << "removed";
  directory.Write("a/.pqllint", "1");
  EXPECT_TRUE(changed()) << "configuration of the linter";
  directory.Write("a/notes.txt", "1");
  EXPECT_FALSE(changed()) << "no rule file";
  std::filesystem::remove_all(directory.path());
  EXPECT_TRUE(changed()) << "all gone";
}

}  // namespace
}  // namespace pql
