#include "engine/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(ErrorTest, ReasonComesBackWhateverItsTextsHold) {
  const absl::Status status = WithReason(absl::NotFoundError("no"),
                                         {"R", {{"key", "a:b"}, {"empty", ""}, {"3:x", "\n\0 "}}});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  const auto reason = ReasonOf(status);
  ASSERT_TRUE(reason.has_value());
  EXPECT_EQ(reason->reason, "R");
  EXPECT_THAT(reason->metadata,
              ElementsAre(Pair("key", "a:b"), Pair("empty", ""), Pair("3:x", "\n")));
}

TEST(ErrorTest, PlainStatusHasNone) {
  EXPECT_FALSE(ReasonOf(absl::NotFoundError("no")).has_value());
  EXPECT_FALSE(ReasonOf(absl::OkStatus()).has_value());
}

TEST(ErrorTest, LimitNamesItsFlag) {
  const absl::Status status =
      LimitExceeded(absl::StatusCode::kInvalidArgument, "accounts per batch",
                    "--max-batch-accounts", 12, 10, "a batch of 12 accounts is over the limit");
  EXPECT_EQ(std::string(status.message()),
            "a batch of 12 accounts is over the limit (--max-batch-accounts=10)");
  EXPECT_EQ(ReasonOf(status)->reason, "LIMIT_EXCEEDED");
}

}  // namespace
}  // namespace pql
