#include "server/state_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

using ::testing::HasSubstr;

class StateDirectoryTest : public ::testing::Test {
 protected:
  StateDirectoryTest() {
    for (const char* variable : {"STATE_DIRECTORY", "XDG_STATE_HOME", "HOME"}) ::unsetenv(variable);
  }
};

TEST_F(StateDirectoryTest, TheMostSpecificVariableCounts) {
  const auto none = DefaultStore();
  EXPECT_EQ(none.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("--store=sqlite:PATH"));
  ::setenv("HOME", "/home/ann", 1);
  EXPECT_EQ(*DefaultStore(), "sqlite:/home/ann/.local/state/pqld/rules.db");
  ::setenv("XDG_STATE_HOME", "relative", 1);
  EXPECT_EQ(*DefaultStore(), "sqlite:/home/ann/.local/state/pqld/rules.db");
  ::setenv("XDG_STATE_HOME", "/state", 1);
  EXPECT_EQ(*DefaultStore(), "sqlite:/state/pqld/rules.db");
  ::setenv("STATE_DIRECTORY", "/var/lib/pqld", 1);
  EXPECT_EQ(*DefaultStore(), "sqlite:/var/lib/pqld/rules.db");
}

TEST_F(StateDirectoryTest, OnlyTheDirectoryOfTheDefaultIsMade) {
  const TempDirectory work;
  ::setenv("XDG_STATE_HOME", work.Path("a/b").c_str(), 1);
  ASSERT_TRUE(MakeStateDirectory("sqlite:" + work.Path("c/rules.db")).ok());
  EXPECT_FALSE(std::filesystem::exists(work.Path("c")));
  ASSERT_TRUE(MakeStateDirectory(*DefaultStore()).ok());
  const auto permissions = std::filesystem::status(work.Path("a/b/pqld")).permissions();
  EXPECT_EQ(permissions, std::filesystem::perms::owner_all);
  ASSERT_TRUE(MakeStateDirectory(*DefaultStore()).ok()) << "a second time";
  ::setenv("XDG_STATE_HOME", "/proc/nothing", 1);
  const absl::Status refused = MakeStateDirectory(*DefaultStore());
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("/proc/nothing/pqld"));
}

}  // namespace
}  // namespace pql
