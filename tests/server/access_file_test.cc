#include "server/access_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <sstream>
#include <string>

#include "base/clock.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AccessFileTest : public ::testing::Test {
 protected:
  AccessFileTest() : file_(work_.Path("access"), &access_, &log_) {
    work_.Write("access", "grant ada editor slack\n");
    EXPECT_TRUE(file_.Load().ok());
  }
  bool AdaMayEdit(const std::string& rule_set) const {
    return access_.policy()->Allows("ada", Role::kEditor, rule_set);
  }

  const TempDirectory work_;
  std::ostringstream out_;
  Log log_{LogFormat::kText, &Clock::System(), &out_};
  AccessControl access_;
  AccessFile file_;
};

TEST_F(AccessFileTest, AFileThatIsStillBeingWrittenIsNotTaken) {
  work_.Write("access", "grant ada editor");  // and it would be of all rule sets
  file_.Reload(/*at_once=*/false);
  EXPECT_FALSE(AdaMayEdit("other"));
  work_.Write("access", "grant ada editor facebook\n");
  file_.Reload(/*at_once=*/false);
  EXPECT_TRUE(AdaMayEdit("slack"));
  file_.Reload(/*at_once=*/false);
  EXPECT_FALSE(AdaMayEdit("slack"));
  EXPECT_TRUE(AdaMayEdit("facebook"));
  EXPECT_FALSE(AdaMayEdit("other"));
}

TEST_F(AccessFileTest, AReloadThatWasAskedForTakesItAtOnce) {
  work_.Write("access", "grant ada editor facebook\n");
  file_.Reload(/*at_once=*/true);
  EXPECT_TRUE(AdaMayEdit("facebook"));
}

TEST_F(AccessFileTest, AFileThatWasCutOffOrIsGoneChangesNothing) {
  for (const char* text : {"", "# grants\n"}) {
    work_.Write("access", text);
    for (int i = 0; i < 3; ++i) file_.Reload(/*at_once=*/false);
    EXPECT_TRUE(AdaMayEdit("slack"));
    EXPECT_THAT(out_.str(), HasSubstr("has no statement"));
  }
  std::remove(work_.Path("access").c_str());
  for (int i = 0; i < 3; ++i) file_.Reload(/*at_once=*/false);
  EXPECT_TRUE(AdaMayEdit("slack"));
  EXPECT_THAT(out_.str(), HasSubstr("does not exist"));
}

TEST_F(AccessFileTest, WhatIsWrongIsSaidOnce) {
  work_.Write("access", "grant ada edtor\n");
  for (int i = 0; i < 4; ++i) file_.Reload(/*at_once=*/false);
  const std::string log = out_.str();
  const size_t first = log.find("access file not loaded");
  ASSERT_NE(first, std::string::npos);
  EXPECT_THAT(log.substr(first + 1), Not(HasSubstr("access file not loaded")));
  EXPECT_TRUE(AdaMayEdit("slack"));
}

}  // namespace
}  // namespace pql
