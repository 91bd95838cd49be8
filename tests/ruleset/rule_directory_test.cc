#include "ruleset/rule_directory.h"

#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr size_t kMaxBytes = 100;

std::vector<std::string> Names(const std::vector<SourceText>& sources) {
  std::vector<std::string> names;
  for (const SourceText& source : sources) names.push_back(source.name);
  return names;
}

TEST(RuleDirectoryTest, ReadsAllFilesAtAnyDepthInOrder) {
  const TempDirectory directory;
  directory.Write("slack/rules.pql", "b");
  directory.Write("slack/more/deep/a.pql", "a");
  directory.Write("slack/notes.txt", "no");
  directory.Write("slack/.hidden.pql", "no");
  const std::string slack = directory.Path("slack");
  const auto sources = ReadRuleDirectory(slack, kMaxBytes);
  ASSERT_TRUE(sources.ok()) << sources.status();
  EXPECT_THAT(Names(*sources),
              ElementsAre(StrCat(slack, "/more/deep/a.pql"), StrCat(slack, "/rules.pql")));
  EXPECT_EQ((*sources)[0].text, "a");
  // However the directory is written.
  const auto with_slash = ReadRuleDirectory(slack + "/", kMaxBytes);
  ASSERT_TRUE(with_slash.ok());
  EXPECT_EQ(Names(*with_slash), Names(*sources));
}

TEST(RuleDirectoryTest, TheLimitIsForAllFilesTogether) {
  const TempDirectory directory;
  directory.Write("a.pql", std::string(kMaxBytes / 2, ' '));
  directory.Write("b.pql", std::string(kMaxBytes / 2, ' '));
  EXPECT_TRUE(ReadRuleDirectory(directory.path(), kMaxBytes).ok());
  directory.Write("c.pql", " ");
  const absl::Status status = ReadRuleDirectory(directory.path(), kMaxBytes).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("more than 100 bytes altogether"));
}

TEST(RuleDirectoryTest, TheConfigurationOfTheLinterComesAlong) {
  const TempDirectory directory;
  directory.Write("slack/rules.pql", "b");
  directory.Write("slack/.pqllint", "c");
  directory.Write("slack/more/.pqllint", "no");
  const auto sources = ReadRuleDirectory(directory.Path("slack"), kMaxBytes);
  ASSERT_TRUE(sources.ok()) << sources.status();
  EXPECT_THAT(Names(*sources),
              ElementsAre(directory.Path("slack/rules.pql"), directory.Path("slack/.pqllint")));
  directory.Write("slack/.pqllint", std::string(kMaxBytes + 1, '#'));
  EXPECT_FALSE(ReadRuleDirectory(directory.Path("slack"), kMaxBytes).ok());
}

TEST(RuleDirectoryTest, IsNeverHalfLoaded) {
  const TempDirectory directory;
  directory.Write("rules/a.pql", "fine");
  directory.Write("rules/large.pql", std::string(kMaxBytes + 1, '#'));
  const auto sources = ReadRuleDirectory(directory.Path("rules"), kMaxBytes);
  ASSERT_FALSE(sources.ok());
  EXPECT_THAT(std::string(sources.status().message()), HasSubstr("large.pql"));
  const auto absent = ReadRuleDirectory(directory.Path("absent"), kMaxBytes);
  EXPECT_EQ(absent.status().code(), absl::StatusCode::kNotFound);
}

TEST(RuleDirectoryTest, TheIdIsTheNameOfTheDirectory) {
  EXPECT_EQ(RuleSetIdOf("rules/slack"), "slack");
  EXPECT_EQ(RuleSetIdOf("rules/slack/"), "slack");
  EXPECT_EQ(RuleSetIdOf("rules/more/../slack"), "slack");
  EXPECT_NE(RuleSetIdOf("."), ".");
}

TEST(RuleDirectoryTest, FindsRuleSets) {
  const TempDirectory directory;
  directory.Write("rules/slack/rules.pql", "");
  directory.Write("rules/slack/more/rules.pql", "");
  directory.Write("rules/shops/deep/rules.pql", "");
  directory.Write("rules/README.md", "");
  directory.Write("rules/docs/README.md", "");
  const auto find = [&directory](std::string_view path) {
    return FindRuleDirectories(directory.Path(path));
  };
  const auto all = find("rules");
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_THAT(*all, ElementsAre(directory.Path("rules/shops"), directory.Path("rules/slack")));
  const auto one = find("rules/slack");
  ASSERT_TRUE(one.ok());
  EXPECT_THAT(*one, ElementsAre(directory.Path("rules/slack")));
  const auto file = find("rules/slack/rules.pql");
  ASSERT_TRUE(file.ok());
  EXPECT_THAT(*file, ElementsAre(directory.Path("rules/slack")));
  EXPECT_EQ(find("rules/docs").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(find("nowhere").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace pql
