#include "engine/rule_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "engine/rule_set_manager.h"
#include "store/memory_rule_store.h"
#include "tests/engine/engine_testing.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(RuleQueryTest, NamesGoThereAndBack) {
  for (const std::string id : {"slack", "größe", "a b", "50%", "a/b", "%2F"}) {
    const auto rule_set = ParseRuleSetName("name", RuleSetName(id));
    ASSERT_TRUE(rule_set.ok()) << rule_set.status();
    EXPECT_EQ(*rule_set, id);
    const auto rule = ParseRuleName("name", RuleName("slack", id));
    ASSERT_TRUE(rule.ok()) << rule.status();
    EXPECT_EQ(rule->rule_set, "slack");
    EXPECT_EQ(rule->rule, id);
  }
  EXPECT_EQ(RuleName("slack", "a/b"), "ruleSets/slack/rules/a%2Fb");
  EXPECT_EQ(*ParseSchemaName("name", "ruleSets/slack/schema"), "slack");
}

TEST(RuleQueryTest, OtherFormsAreNamedWithTheRightOne) {
  for (const std::string name : {"", "slack", "ruleSets/", "ruleSets/a/b", "rulesets/slack"}) {
    const auto parsed = ParseRuleSetName("rule_set", name);
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr("`rule_set`")) << name;
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr("ruleSets/slack")) << name;
  }
  for (const std::string name : {"", "ruleSets/slack", "ruleSets/slack/rules/",
                                 "ruleSets/slack/rules/a/b", "slack/rules/a"}) {
    EXPECT_FALSE(ParseRuleName("name", name).ok()) << name;
  }
  EXPECT_FALSE(ParseSchemaName("name", "ruleSets/slack").ok());
}

class SelectRulesTest : public ::testing::Test {
 protected:
  std::vector<std::string> Select(const RuleFilter& filter) {
    std::vector<std::string> names;
    const auto selected = SelectRules(compiled_.rule_set->checked, filter);
    EXPECT_TRUE(selected.ok()) << selected.status();
    for (const uint32_t rule : *selected) {
      names.push_back(compiled_.rule_set->checked.rules[rule].name);
    }
    return names;
  }
  const CompileResult compiled_ = CompileRuleSet("slack", {{"slack/rules.pql", kTeamRules}});
};

TEST_F(SelectRulesTest, EachFilterAndTheirSum) {
  EXPECT_THAT(Select({}), ElementsAre("idea", "seen", "team", "trial"));
  EXPECT_THAT(Select({.stage = "pql"}), ElementsAre("team"));
  EXPECT_THAT(Select({.mode = "active"}), ElementsAre("seen", "team"));
  EXPECT_THAT(Select({.mode = "draft"}), ElementsAre("idea"));
  EXPECT_THAT(Select({.tag = "self-serve"}), ElementsAre("team"));
  EXPECT_THAT(Select({.owner = "growth@example.com"}), ElementsAre("team"));
  EXPECT_THAT(Select({.stage = "mql", .tag = "self-serve"}), IsEmpty());
  EXPECT_THAT(Select({.owner = "nobody@example.com"}), IsEmpty());
}

TEST_F(SelectRulesTest, UnknownModeIsAnError) {
  const auto selected = SelectRules(compiled_.rule_set->checked, {.mode = "on"});
  EXPECT_EQ(selected.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(RuleQueryTest, OfALongNameTheBeginningIsShown) {
  const absl::Status status = ParseRuleSetName("parent", std::string(100'000, '\xFF')).status();
  EXPECT_LT(status.message().size(), 200U);
}

TEST(SelectPageTest, PagesCoverEverythingOnce) {
  std::vector<size_t> begins;
  PageRequest request{.size = 3, .query = "q", .revision = 7};
  do {
    const auto page = SelectPage(request, 8);
    ASSERT_TRUE(page.ok()) << page.status();
    begins.push_back(page->begin);
    EXPECT_EQ(page->end, std::min<size_t>(page->begin + 3, 8));
    request.token = page->next_token;
  } while (!request.token.empty());
  EXPECT_THAT(begins, ElementsAre(0, 3, 6));
}

TEST(SelectPageTest, SizesHaveADefaultAndAMost) {
  EXPECT_EQ(SelectPage({}, 5000)->end, 100);
  EXPECT_EQ(SelectPage({.size = 5000}, 5000)->end, 1000);
  EXPECT_EQ(SelectPage({.size = -1}, 5).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SelectPage({}, 0)->end, 0);
}

TEST(SelectPageTest, TokensOfOtherPlacesAreRefused) {
  const std::string token = SelectPage({.size = 1, .query = "q", .revision = 7}, 5)->next_token;
  EXPECT_EQ(SelectPage({.size = 1, .token = token, .query = "q", .revision = 8}, 5).status().code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ(SelectPage({.size = 1, .token = token, .query = "r", .revision = 7}, 5).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SelectPage({.token = "nonsense"}, 5).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(EtagTest, ChangesWithWhatItStandsFor) {
  FakeClock clock;
  MemoryRuleStore store(&clock);
  Telemetry telemetry(&clock, 1'000);
  RuleSetManager manager(CompileOptions(), &clock, &store, &telemetry);
  const auto etags = [&manager](const std::string& text) {
    manager.Update(TreeOf({{"slack", text}}));
    const auto snapshot = manager.snapshot();
    const RuleSetState& state = *snapshot->Find("slack");
    return std::vector<std::string>{RuleSetEtag(state),
                                    RuleEtag(*state.rule_set, state.rule_set->checked.rules[0]),
                                    RuleEtag(*state.rule_set, state.rule_set->checked.rules[1])};
  };
  const auto first = etags("metric m: number\nrule a { when m > 1 } rule b { when m > 2 }");
  const auto second = etags("metric m: number\nrule a { when m > 1 } rule b { when m > 3 }");
  EXPECT_NE(first[0], second[0]);
  EXPECT_EQ(first[1], second[1]);
  EXPECT_NE(first[2], second[2]);
  const auto broken = etags("rule a {");
  EXPECT_NE(second[0], broken[0]);
  EXPECT_EQ(second[1], broken[1]);
}

TEST(RuleQueryTest, NamesOfRevisions) {
  EXPECT_EQ(RevisionName("slack", 42), "ruleSets/slack/revisions/42");
  const auto name = ParseRevisionName("name", RevisionName("a/b%", 7));
  ASSERT_TRUE(name.ok()) << name.status();
  EXPECT_EQ(name->rule_set, "a/b%");
  EXPECT_EQ(name->revision, 7);
  for (const std::string bad :
       {"", "ruleSets/slack", "ruleSets/slack/revisions/", "ruleSets/slack/revisions/0",
        "ruleSets/slack/revisions/-1", "ruleSets/slack/revisions/x", "slack/revisions/1"}) {
    EXPECT_EQ(ParseRevisionName("name", bad).status().code(), absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

TEST(RuleQueryTest, CursorsGoOnWhereTheyWere) {
  EXPECT_EQ(ReadCursor({})->size, 100);
  EXPECT_EQ(ReadCursor({})->position, 0);
  const std::string token = WriteCursor(41, "q");
  const auto cursor = ReadCursor({.size = 5000, .token = token, .query = "q"});
  ASSERT_TRUE(cursor.ok()) << cursor.status();
  EXPECT_EQ(cursor->size, 1000);
  EXPECT_EQ(cursor->position, 41);
  // Whoever knows how tokens are made can say any place.
  const std::string beyond = WriteCursor(-1, "q");
  EXPECT_EQ(ReadCursor({.token = beyond, .query = "q"})->position,
            std::numeric_limits<int64_t>::max());
  EXPECT_FALSE(ReadCursor({.token = token, .query = "other"}).ok());
  EXPECT_FALSE(ReadCursor({.token = "nonsense", .query = "q"}).ok());
  EXPECT_FALSE(ReadCursor({.size = -1}).ok());
}

}  // namespace
}  // namespace pql
