#include "lint/reasoning/step.h"

#include <cmath>
#include <optional>
#include <vector>

#include "base/time_text.h"
#include "gtest/gtest.h"
#include "language/operators.h"
#include "tests/testing/random.h"
#include "tests/testing/typed_builder.h"

namespace pql {
namespace {

using Kind = Type::Kind;

struct StepCase {
  const char* name;
  TypedExpression node;
  size_t variable;
  Kind kind;
  std::vector<Value> operands;  // the variable's is not looked at
};

TypedExpression Node(Operator op, Type type) {
  TypedExpression node = typed::OpOf(op, {});
  node.type = std::move(type);
  return node;
}

std::vector<StepCase> Cases() {
  const Value x;
  const auto number = [](double n) { return Value::Number(n); };
  const auto span = [](int64_t micros) { return Value::Span({micros}); };
  const auto time = [](int64_t micros) { return Value::Time({micros}); };
  const Type n = Type::Number();
  const Type d = Type::Duration();
  const Type t = Type::Timestamp();
  return {
      {"x + 0.1", Node(Operator::kAdd, n), 0, Kind::kNumber, {x, number(0.1)}},
      {"1e308 + x", Node(Operator::kAdd, n), 1, Kind::kNumber, {number(1e308), x}},
      {"x - 0.3", Node(Operator::kSubtract, n), 0, Kind::kNumber, {x, number(0.3)}},
      {"0.3 - x", Node(Operator::kSubtract, n), 1, Kind::kNumber, {number(0.3), x}},
      {"x * 3", Node(Operator::kMultiply, n), 0, Kind::kNumber, {x, number(3)}},
      {"x * -0.1", Node(Operator::kMultiply, n), 0, Kind::kNumber, {x, number(-0.1)}},
      {"x * 0", Node(Operator::kMultiply, n), 0, Kind::kNumber, {x, number(0)}},
      {"x * 1e300", Node(Operator::kMultiply, n), 0, Kind::kNumber, {x, number(1e300)}},
      {"x / 7", Node(Operator::kDivide, n), 0, Kind::kNumber, {x, number(7)}},
      {"x / 0", Node(Operator::kDivide, n), 0, Kind::kNumber, {x, number(0)}},
      {"x / 1e-300", Node(Operator::kDivide, n), 0, Kind::kNumber, {x, number(1e-300)}},
      {"7 / x", Node(Operator::kDivide, n), 1, Kind::kNumber, {number(7), x}},
      {"-1e300 / x", Node(Operator::kDivide, n), 1, Kind::kNumber, {number(-1e300), x}},
      {"-x", Node(Operator::kNegate, n), 0, Kind::kNumber, {x}},
      {"t + 7d", Node(Operator::kAdd, t), 0, Kind::kTimestamp, {x, span(7 * kMicrosPerDay)}},
      {"t - 7d", Node(Operator::kSubtract, t), 0, Kind::kTimestamp, {x, span(7 * kMicrosPerDay)}},
      {"t - time", Node(Operator::kSubtract, d), 0, Kind::kTimestamp, {x, time(1'000)}},
      {"time - t", Node(Operator::kSubtract, d), 1, Kind::kTimestamp, {time(1'000), x}},
      {"time - d", Node(Operator::kSubtract, t), 1, Kind::kDuration, {time(1'000), x}},
      {"d + time", Node(Operator::kAdd, t), 0, Kind::kDuration, {x, time(kMaxTimestampMicros)}},
      {"d - 1d", Node(Operator::kSubtract, d), 0, Kind::kDuration, {x, span(kMicrosPerDay)}},
      {"1d - d", Node(Operator::kSubtract, d), 1, Kind::kDuration, {span(kMicrosPerDay), x}},
      {"d * 0.3", Node(Operator::kMultiply, d), 0, Kind::kDuration, {x, number(0.3)}},
      {"d * 1e9", Node(Operator::kMultiply, d), 0, Kind::kDuration, {x, number(1e9)}},
      {"x * 1d", Node(Operator::kMultiply, d), 0, Kind::kNumber, {x, span(kMicrosPerDay)}},
      {"d / 3", Node(Operator::kDivide, d), 0, Kind::kDuration, {x, number(3)}},
      {"d / 7d", Node(Operator::kDivide, n), 0, Kind::kDuration, {x, span(7 * kMicrosPerDay)}},
      {"7d / d", Node(Operator::kDivide, n), 1, Kind::kDuration, {span(7 * kMicrosPerDay), x}},
      {"7d / x", Node(Operator::kDivide, d), 1, Kind::kNumber, {span(7 * kMicrosPerDay), x}},
      {"-d", Node(Operator::kNegate, d), 0, Kind::kDuration, {x}},
      {"abs(x)", typed::Call("abs", n), 0, Kind::kNumber, {x}},
      {"abs(d)", typed::Call("abs", d), 0, Kind::kDuration, {x}},
      {"sqrt(x)", typed::Call("sqrt", n), 0, Kind::kNumber, {x}},
      {"round(x)", typed::Call("round", n), 0, Kind::kNumber, {x}},
      {"floor(x)", typed::Call("floor", n), 0, Kind::kNumber, {x}},
      {"min(3, x, 5)", typed::Call("min", n), 1, Kind::kNumber, {number(3), x, number(5)}},
      {"clamp(x, 0, 100)", typed::Call("clamp", n), 0, Kind::kNumber, {x, number(0), number(100)}},
      {"days(d)", typed::Call("days", n), 0, Kind::kDuration, {x}},
      {"duration_days(x)", typed::Call("duration_days", d), 0, Kind::kNumber, {x}},
      {"date(t)", typed::Call("date", t), 0, Kind::kTimestamp, {x}},
  };
}

// Where each comparison holds, found backwards, is where it is seen to hold: on random values, and
// around every cut.
TEST(StepTest, PullBackAgreesWithTheFunctionEverywhere) {
  testing::Random random(testing::TestSeed());
  for (const StepCase& c : Cases()) {
    SCOPED_TRACE(c.name);
    const StepPtr step = StepOf(c.node, c.variable, c.kind, c.operands);
    ASSERT_NE(step, nullptr);
    const KeyRange full = FullRange(c.kind);
    for (int round = 0; round < 40; ++round) {
      const auto any_key = [&](Kind kind) {
        switch (random.Below(4)) {
          case 0:
            return OrderedKey(FromOrderedKey(0, kind)) + random.Between(-2, 2);
          case 1:
            return random.OneIn(2) ? FullRange(kind).low : FullRange(kind).high;
          case 2:
            return kind == Kind::kNumber ? OrderedKey(Value::Number(random.Between(-9, 9) / 10.0))
                                         : random.Between(-10, 10) * kMicrosPerDay;
          default:
            return kind == Kind::kNumber ? OrderedKey(Value::Number(random.Between(-99, 99)))
                                         : random.Between(-9'999, 9'999) * int64_t{997};
        }
      };
      const Operator op =
          random.Of({Operator::kEqual, Operator::kNotEqual, Operator::kLess, Operator::kLessOrEqual,
                     Operator::kGreater, Operator::kGreaterOrEqual});
      const int64_t bound = any_key(step->to);
      const Partition before = PullBack(CompareKeys(op, bound, FullRange(step->to)), *step, full);
      std::vector<int64_t> keys = {full.low, full.high};
      for (int i = 0; i < 40; ++i) keys.push_back(any_key(c.kind));
      for (const Edge& edge : before.edges) {
        keys.push_back(edge.low);
        if (edge.low > full.low) keys.push_back(edge.low - 1);
      }
      for (const int64_t key : keys) {
        const std::optional<int64_t> result = step->apply(key);
        DiagramId expected = kMissing;
        if (result.has_value()) {
          const Value holds = InfoOf(op).body(std::vector<Value>{FromOrderedKey(*result, step->to),
                                                                 FromOrderedKey(bound, step->to)});
          expected = holds.IsTrue() ? kTrue : kFalse;
        }
        ASSERT_EQ(before.At(key), expected) << FromOrderedKey(key, c.kind).ToSource();
      }
    }
  }
}

TEST(StepTest, WhatDoesNotRiseOrFallIsNoStep) {
  EXPECT_EQ(StepOf(typed::Call("weekday", Type::Number()), 0, Kind::kTimestamp, {{Value()}}),
            nullptr);
  const std::vector<Value> no_range = {Value(), Value::Number(2), Value::Number(1)};
  EXPECT_EQ(StepOf(typed::Call("clamp", Type::Number()), 0, Kind::kNumber, no_range), nullptr);
}

}  // namespace
}  // namespace pql
