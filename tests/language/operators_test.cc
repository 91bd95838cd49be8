#include "language/operators.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/time_text.h"
#include "gtest/gtest.h"
#include "tests/language/values.h"

namespace pql {
namespace {

const Value kYes = Value::Bool(true);
const Value kNo = Value::Bool(false);

struct Row {
  Operator op;
  std::vector<Value> operands;
  Value result;
};

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    std::string text;
    for (const Value& operand : row.operands) text += operand.ToSource() + " ";
    const Value result = InfoOf(row.op).body(row.operands);
    EXPECT_EQ(result, row.result) << InfoOf(row.op).spelling << " of " << text << "gave "
                                  << result.ToSource();
  }
}

TEST(OperatorsTest, NumberArithmetic) {
  Check({
      {Operator::kAdd, {Num(0.1), Num(0.2)}, Num(0.30000000000000004)},
      {Operator::kAdd, {Num(1e308), Num(1e308)}, kMissing},
      {Operator::kSubtract, {Num(2), Num(5)}, Num(-3)},
      {Operator::kSubtract, {Num(-1e308), Num(1e308)}, kMissing},
      {Operator::kMultiply, {Num(1e308), Num(10)}, kMissing},
      {Operator::kMultiply, {Num(1e-308), Num(1e-308)}, Num(0)},
      {Operator::kMultiply, {Num(0), Num(-1)}, Num(0)},
      {Operator::kDivide, {Num(1), Num(4)}, Num(0.25)},
      {Operator::kDivide, {Num(0), Num(0)}, kMissing},
      {Operator::kDivide, {Num(1), Num(-0.0)}, kMissing},
      {Operator::kDivide, {Num(1e308), Num(1e-308)}, kMissing},
      {Operator::kNegate, {Num(3)}, Num(-3)},
  });
  EXPECT_FALSE(std::signbit(InfoOf(Operator::kNegate).body(std::vector{Num(0)}).number()));
}

TEST(OperatorsTest, DurationArithmetic) {
  Check({
      {Operator::kAdd, {Micros(2), Micros(3)}, Micros(5)},
      {Operator::kAdd, {Micros(kMost), Micros(1)}, kMissing},
      {Operator::kAdd, {Micros(kLeast), Micros(-1)}, kMissing},
      {Operator::kSubtract, {Micros(2), Micros(3)}, Micros(-1)},
      {Operator::kSubtract, {Micros(kLeast), Micros(1)}, kMissing},
      {Operator::kSubtract, {Micros(0), Micros(kLeast)}, kMissing},
      {Operator::kMultiply, {Micros(5), Num(0.5)}, Micros(3)},
      {Operator::kMultiply, {Num(0.5), Micros(-5)}, Micros(-3)},
      {Operator::kMultiply, {Micros(kMost), Num(1)}, kMissing},  // 2^63 in doubles
      {Operator::kMultiply, {Micros(kLeast), Num(1)}, Micros(kLeast)},
      {Operator::kMultiply, {Micros(kLeast), Num(-1)}, kMissing},
      {Operator::kMultiply, {Micros(1), Num(1e300)}, kMissing},
      {Operator::kDivide, {Micros(7), Num(2)}, Micros(4)},
      {Operator::kDivide, {Micros(7), Num(0)}, kMissing},
      {Operator::kDivide, {Micros(7), Num(1e-300)}, kMissing},
      {Operator::kDivide, {Micros(6), Micros(4)}, Num(1.5)},
      {Operator::kDivide, {Micros(6), Micros(0)}, kMissing},
      {Operator::kNegate, {Micros(3)}, Micros(-3)},
      {Operator::kNegate, {Micros(kLeast)}, kMissing},
  });
}

TEST(OperatorsTest, TimestampArithmetic) {
  Check({
      {Operator::kAdd, {Time(10), Micros(5)}, Time(15)},
      {Operator::kAdd, {Micros(5), Time(10)}, Time(15)},
      {Operator::kAdd, {Time(kMaxTimestampMicros), Micros(1)}, kMissing},
      {Operator::kAdd, {Time(1), Micros(kMost)}, kMissing},
      {Operator::kSubtract, {Time(10), Micros(15)}, Time(-5)},
      {Operator::kSubtract, {Time(kMinTimestampMicros), Micros(1)}, kMissing},
      {Operator::kSubtract, {Time(0), Micros(kLeast)}, kMissing},
      {Operator::kSubtract, {Time(10), Time(25)}, Micros(-15)},
      {Operator::kSubtract,
       {Time(kMaxTimestampMicros), Time(kMinTimestampMicros)},
       Micros(kMaxTimestampMicros - kMinTimestampMicros)},
      {Operator::kSubtract,
       {Time(kMinTimestampMicros), Time(kMaxTimestampMicros)},
       Micros(kMinTimestampMicros - kMaxTimestampMicros)},
  });
}

TEST(OperatorsTest, Comparisons) {
  Check({
      {Operator::kEqual, {Num(1), Num(1)}, kYes},
      {Operator::kEqual, {Num(0), Num(-0.0)}, kYes},
      {Operator::kNotEqual, {Num(1), Num(1)}, kNo},
      {Operator::kEqual, {Str("free"), Str("Free")}, kNo},
      {Operator::kEqual, {Str(""), Str("")}, kYes},
      {Operator::kEqual, {kYes, kNo}, kNo},
      {Operator::kNotEqual, {Time(1), Time(2)}, kYes},
      {Operator::kLess, {Num(1), Num(2)}, kYes},
      {Operator::kLess, {Num(2), Num(2)}, kNo},
      {Operator::kLessOrEqual, {Num(2), Num(2)}, kYes},
      {Operator::kLessOrEqual, {Num(3), Num(2)}, kNo},
      {Operator::kGreater, {Micros(2), Micros(1)}, kYes},
      {Operator::kGreater, {Micros(1), Micros(1)}, kNo},
      {Operator::kGreaterOrEqual, {Time(1), Time(1)}, kYes},
      {Operator::kGreaterOrEqual, {Time(0), Time(1)}, kNo},
  });
}

TEST(OperatorsTest, TextAndLists) {
  const Value words = Value::List(Value::StringList{"sso", "audit"});
  const Value numbers = Value::List(Value::NumberList{0, 2});
  Check({
      {Operator::kContains, {Str("analytics"), Str("lyt")}, kYes},
      {Operator::kContains, {Str("analytics"), Str("")}, kYes},
      {Operator::kContains, {Str(""), Str("a")}, kNo},
      {Operator::kContains, {words, Str("sso")}, kYes},
      {Operator::kContains, {words, Str("ss")}, kNo},
      {Operator::kContains, {Value::List(Value::StringList{}), Str("")}, kNo},
      {Operator::kContains, {numbers, Num(-0.0)}, kYes},
      {Operator::kContains, {numbers, Num(1)}, kNo},
      {Operator::kStartsWith, {Str("größe"), Str("grö")}, kYes},
      {Operator::kStartsWith, {Str("a"), Str("ab")}, kNo},
      {Operator::kEndsWith, {Str("ada@example.com"), Str(".com")}, kYes},
      {Operator::kEndsWith, {Str("com"), Str(".com")}, kNo},
      {Operator::kEndsWith, {Str(""), Str("")}, kYes},
  });
}

TEST(OperatorsTest, OnlyADivisionByAPresentZeroIsHopeless) {
  EXPECT_TRUE(IsHopeless(Operator::kDivide, std::vector{kMissing, Num(0)}));
  EXPECT_TRUE(IsHopeless(Operator::kDivide, std::vector{kMissing, Micros(0)}));
  EXPECT_FALSE(IsHopeless(Operator::kDivide, std::vector{kMissing, Num(1)}));
  EXPECT_FALSE(IsHopeless(Operator::kDivide, std::vector{Num(0), kMissing}));
  EXPECT_FALSE(IsHopeless(Operator::kMultiply, std::vector{kMissing, Num(0)}));
}

TEST(OperatorsTest, NegatedAndMirroredMeanWhatTheySay) {
  int comparisons = 0;
  for (int i = 0; i < kOperatorCount; ++i) {
    const auto op = static_cast<Operator>(i);
    if (!IsComparison(op)) continue;
    ++comparisons;
    for (const double a : {1.0, 2.0}) {
      for (const double b : {1.0, 2.0}) {
        const Value holds = InfoOf(op).body(std::vector{Num(a), Num(b)});
        const Value negated = InfoOf(Negated(op)).body(std::vector{Num(a), Num(b)});
        const Value mirrored = InfoOf(Mirrored(op)).body(std::vector{Num(b), Num(a)});
        EXPECT_NE(holds.boolean(), negated.boolean()) << InfoOf(op).spelling;
        EXPECT_EQ(holds, mirrored) << InfoOf(op).spelling;
      }
    }
  }
  EXPECT_EQ(comparisons, 6);
}

struct LevelRow {
  Operator op;
  const char* spelling;
  int level;
};

// The table of grammar/README.md, "Conditions and calculations".
TEST(OperatorsTest, SpellingsAndLevels) {
  constexpr LevelRow kRows[] = {
      {Operator::kIf, "if", 1},
      {Operator::kOr, "or", 2},
      {Operator::kAnd, "and", 3},
      {Operator::kNot, "not", 4},
      {Operator::kEqual, "==", 5},
      {Operator::kNotEqual, "!=", 5},
      {Operator::kLess, "<", 5},
      {Operator::kLessOrEqual, "<=", 5},
      {Operator::kGreater, ">", 5},
      {Operator::kGreaterOrEqual, ">=", 5},
      {Operator::kIn, "in", 5},
      {Operator::kNotIn, "not in", 5},
      {Operator::kBetween, "between", 5},
      {Operator::kContains, "contains", 5},
      {Operator::kStartsWith, "starts with", 5},
      {Operator::kEndsWith, "ends with", 5},
      {Operator::kMatches, "matches", 5},
      {Operator::kWithinLast, "within last", 5},
      {Operator::kWithinNext, "within next", 5},
      {Operator::kIsMissing, "is missing", 5},
      {Operator::kIsPresent, "is present", 5},
      {Operator::kAdd, "+", 6},
      {Operator::kSubtract, "-", 6},
      {Operator::kMultiply, "*", 7},
      {Operator::kDivide, "/", 7},
      {Operator::kNegate, "-", 8},
      {Operator::kAtLeast, "at least", 9},
  };
  static_assert(std::size(kRows) == kOperatorCount);
  for (const LevelRow& row : kRows) {
    EXPECT_EQ(InfoOf(row.op).spelling, row.spelling);
    EXPECT_EQ(InfoOf(row.op).level, row.level) << row.spelling;
  }
}

}  // namespace
}  // namespace pql
