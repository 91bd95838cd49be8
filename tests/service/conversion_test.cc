#include <gtest/gtest.h>

#include "service/value_conversion.h"

namespace pql {
namespace {

TEST(ValueConversionTest, TimesBeforeTheEpochCountTheirFractionForward) {
  const google::protobuf::Timestamp time = ToProto(Timestamp{-1});
  EXPECT_EQ(time.seconds(), -1);
  EXPECT_EQ(time.nanos(), 999'999'000);
  const auto back = ToTimestamp("t", time);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->micros, -1);
}

TEST(ValueConversionTest, FirstAndLastInstantGoThereAndBack) {
  for (const int64_t micros :
       {int64_t{-62'135'596'800'000'000}, int64_t{253'402'300'799'999'999}}) {
    const auto back = ToTimestamp("t", ToProto(Timestamp{micros}));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->micros, micros);
  }
}

TEST(ValueConversionTest, MissingIsNull) {
  EXPECT_EQ(ToProto(Value::Missing()).kind_case(), google::protobuf::Value::kNullValue);
}

}  // namespace
}  // namespace pql
