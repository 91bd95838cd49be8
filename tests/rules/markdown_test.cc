#include "tests/rules/markdown.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MarkdownTest, FindsBlocksWithTheirWordsAndPlaces) {
  const std::string document =
      "# Title\n"
      "```pql condition error=PQL1203\n"
      "a > 1\n"
      "```\n"
      "text `code` text\n"
      "````text\n"
      "```\n"
      "````\n";
  const std::vector<CodeBlock> blocks = CodeBlocks(document);
  ASSERT_EQ(blocks.size(), 2);
  EXPECT_EQ(blocks[0].language, "pql");
  EXPECT_THAT(blocks[0].words, ElementsAre("condition", "error=PQL1203"));
  EXPECT_EQ(blocks[0].text, "a > 1\n");
  EXPECT_EQ(blocks[0].line, 2);
  EXPECT_EQ(document.substr(blocks[0].begin, blocks[0].end - blocks[0].begin), blocks[0].text);
  EXPECT_TRUE(blocks[0].Has("condition"));
  EXPECT_FALSE(blocks[0].Has("error"));
  EXPECT_EQ(blocks[0].Argument("error"), "PQL1203");
  EXPECT_EQ(blocks[0].Argument("err"), std::nullopt);
  EXPECT_EQ(blocks[1].language, "text");
  EXPECT_EQ(blocks[1].text, "```\n");
}

TEST(MarkdownTest, ABlockWithoutAnEndEndsWithTheDocument) {
  const std::vector<CodeBlock> blocks = CodeBlocks("```\nlast");
  ASSERT_EQ(blocks.size(), 1);
  EXPECT_EQ(blocks[0].language, "");
  EXPECT_EQ(blocks[0].text, "last");
}

TEST(MarkdownTest, ProseHasNone) { EXPECT_THAT(CodeBlocks("a ``b`` c\n\n    d\n"), IsEmpty()); }

}  // namespace
}  // namespace pql
