// What the repl completes, and when it waits for more; the rest is testdata/tools/repl.txt.

#include "tools/pql/repl_session.h"

#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReplSessionTest : public testing::Test {
 protected:
  ReplSessionTest()
      : console_(&in_, &out_, &err_),
        session_(CompileRuleSet("test", {{"r.pql", R"pql(
metric messages: number
metric `Messages Sent`: number
metric plan: one of ("free", "pro plus")
define mature = messages > 3
rule med { when mature }
)pql"}}).rule_set,
                 &console_) {}

  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
  Console console_;
  ReplSession session_;
};

TEST_F(ReplSessionTest, CompletesNamesFunctionsAndKeywords) {
  EXPECT_THAT(
      session_.Completions("not ", "m"),
      ElementsAre("matches", "mature", "max", "med", "messages", "min", "minutes", "missing"));
}

TEST_F(ReplSessionTest, CompletesNamesInBackticksAndValues) {
  EXPECT_THAT(session_.Completions("", "`M"), ElementsAre("`Messages Sent`"));
  EXPECT_THAT(session_.Completions("plan == ", "\"p"), ElementsAre("\"pro plus\""));
}

TEST_F(ReplSessionTest, CompletesDeclarationsAtTheBeginningOnly) {
  EXPECT_THAT(session_.Completions("", "metr"), ElementsAre("metric"));
  EXPECT_THAT(session_.Completions("1 + ", "metr"), IsEmpty());
}

TEST_F(ReplSessionTest, CompletesCommandsAndWhatTheyTake) {
  EXPECT_THAT(session_.Completions("", ":he"), ElementsAre(":held", ":help"));
  EXPECT_THAT(session_.Completions(":explain ", "m"), ElementsAre("med"));
  EXPECT_THAT(session_.Completions(":held med ", "m"), ElementsAre("med"));
  EXPECT_THAT(session_.Completions(":type ", "matu"), ElementsAre("mature"));
  EXPECT_THAT(session_.Completions(":at ", "m"), IsEmpty());
}

TEST_F(ReplSessionTest, CompletesWhatWasDeclaredSince) {
  EXPECT_TRUE(session_.Handle("metric zeal: number"));
  EXPECT_THAT(session_.Completions("", "z"), ElementsAre("zeal"));
  EXPECT_EQ(session_.mistakes(), 0) << err_.str();
}

TEST_F(ReplSessionTest, WaitsWhileABracketIsOpen) {
  for (const char* open : {"rule r {", "(1 +", "x in (1,\n2", "f(\"\\\")\"", "( # )", "(\"a"}) {
    EXPECT_TRUE(ReplSession::WantsMore(open)) << open;
  }
  for (const char* closed : {"", "x", "(1)", "\"(\"", "`(`", "x # (", "\"(", ")("}) {
    EXPECT_FALSE(ReplSession::WantsMore(closed)) << closed;
  }
}

}  // namespace
}  // namespace pql
