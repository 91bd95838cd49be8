#include "tools/pql/json_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>

namespace pql {
namespace {

TEST(JsonTextTest, NumbersAreShortest) {
  EXPECT_EQ(CompactJson(Json(85.0)), "85");
  EXPECT_EQ(CompactJson(Json(-0.5)), "-0.5");
  EXPECT_EQ(CompactJson(Json(0.1)), "0.1");
  EXPECT_EQ(CompactJson(Json(1e300)), "1e+300");
  EXPECT_EQ(CompactJson(Json(9007199254740993ULL)), "9007199254740993");
  EXPECT_EQ(CompactJson(Json(true)), "true");
}

TEST(JsonTextTest, NumbersReadBackAsTheSameDouble) {
  constexpr uint64_t kSeed = 7;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t bits = random();
    double number;
    static_assert(sizeof(number) == sizeof(bits));
    std::memcpy(&number, &bits, sizeof(number));
    if (!std::isfinite(number)) continue;
    const Json read = Json::parse(CompactJson(Json(number)));
    ASSERT_EQ(read.get<double>(), number);
  }
}

TEST(JsonTextTest, KeysStayInOrder) {
  Json json = {{"b", 1}, {"a", {1, "x", nullptr}}, {"c", Json::object()}, {"d", Json::array()}};
  EXPECT_EQ(CompactJson(json), R"({"b":1,"a":[1,"x",null],"c":{},"d":[]})");
  EXPECT_EQ(PrettyJson(json),
            "{\n  \"b\": 1,\n  \"a\": [\n    1,\n    \"x\",\n    null\n  ],\n"
            "  \"c\": {},\n  \"d\": []\n}");
}

TEST(JsonTextTest, TextIsEscapedAndAlwaysUtf8) {
  EXPECT_EQ(CompactJson(Json("a\"\\\n\x01ä")), "\"a\\\"\\\\\\n\\u0001ä\"");
  EXPECT_EQ(CompactJson(Json("a\xff")), "\"a\xEF\xBF\xBD\"");
  EXPECT_EQ(CompactJson(Json({{"k\xff", 1}})), "{\"k\xEF\xBF\xBD\":1}");
}

}  // namespace
}  // namespace pql
