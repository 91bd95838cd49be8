// Which metrics a missing condition names, against the definition by brute force: on random
// conditions over distinct metrics, a metric is named exactly when, for some choice of what else
// arrives, its arrival turns a missing outcome into a decided one.

#include <algorithm>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "ast/operator.h"
#include "eval/interpreter.h"
#include "gtest/gtest.h"
#include "language/checked_rule_set.h"
#include "tests/testing/typed_builder.h"

namespace pql {
namespace {

constexpr uint32_t kMetrics = 5;

using Truth = std::optional<bool>;
using World = std::vector<Truth>;  // by metric

// The value of a condition by the textbook: written apart from the interpreter.
Truth ValueIn(const World& world, const TypedExpression& e);

Truth CountedIn(const World& world, const TypedExpression& e, int count) {
  int trues = 0;
  int possible = 0;
  for (const TypedExpression& child : e.children) {
    const Truth value = ValueIn(world, child);
    trues += value == true;
    possible += value != false;
  }
  if (trues >= count) return true;
  if (possible < count) return false;
  return std::nullopt;
}

Truth ValueIn(const World& world, const TypedExpression& e) {
  if (e.kind == TypedExpression::Kind::kMetric) return world[e.index];
  if (e.kind == TypedExpression::Kind::kConstant) return e.constant.boolean();
  if (e.kind == TypedExpression::Kind::kCall) {
    for (const TypedExpression& child : e.children) {
      if (const Truth value = ValueIn(world, child); value.has_value()) return value;
    }
    return std::nullopt;
  }
  switch (e.op) {
    case Operator::kNot: {
      const Truth value = ValueIn(world, e.children[0]);
      return value.has_value() ? Truth(!*value) : std::nullopt;
    }
    case Operator::kIf: {
      const Truth condition = ValueIn(world, e.children[0]);
      if (!condition.has_value()) return std::nullopt;
      return ValueIn(world, e.children[*condition ? 1 : 2]);
    }
    case Operator::kAnd:
      return CountedIn(world, e, static_cast<int>(e.children.size()));
    case Operator::kOr:
      return CountedIn(world, e, 1);
    case Operator::kAtLeast:
      return CountedIn(world, e, e.count);
    default:
      return std::nullopt;  // a division by zero, compared
  }
}

// Random conditions in which no metric stands twice.
class Generator {
 public:
  Generator(uint32_t seed, bool with_if) : random_(seed), with_if_(with_if) {}

  TypedExpression Condition(int depth) {
    if (depth == 0 || Below(6) == 0) return Leaf();
    switch (Below(with_if_ ? 6 : 5)) {
      case 0:
        return typed::Op(Operator::kNot, Condition(depth - 1));
      case 1:
        return typed::OpOf(Operator::kAnd, Some(depth - 1));
      case 2:
        return typed::OpOf(Operator::kOr, Some(depth - 1));
      case 3: {
        std::vector<TypedExpression> parts = Some(depth - 1);
        const int count = 1 + Below(static_cast<int>(parts.size()));
        return typed::AtLeastOf(count, std::move(parts));
      }
      case 4:
        return CoalescedMetrics();
      default: {
        TypedExpression condition = Condition(depth - 1);
        TypedExpression a = Condition(depth - 1);
        return typed::Op(Operator::kIf, std::move(condition), std::move(a), Condition(depth - 1));
      }
    }
  }

 private:
  int Below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }

  TypedExpression Leaf() {
    if (const int kind = Below(8); kind < 2) {
      return kind == 0 ? typed::Bool(Below(2) == 0) : typed::BrokenCondition();
    }
    return next_metric_ < kMetrics ? typed::Metric(next_metric_++) : typed::BrokenCondition();
  }

  // No other arguments: with a present one, what the earlier ones would change is not what is
  // missing.
  TypedExpression CoalescedMetrics() {
    if (next_metric_ + 2 > kMetrics) return Leaf();
    const uint32_t first = std::exchange(next_metric_, next_metric_ + 2);
    return typed::Call("coalesce", Type::Bool(), typed::Metric(first), typed::Metric(first + 1));
  }

  std::vector<TypedExpression> Some(int depth) {
    std::vector<TypedExpression> parts;
    for (int count = 2 + Below(2); count > 0; --count) parts.push_back(Condition(depth));
    return parts;
  }

  std::mt19937 random_;
  bool with_if_;
  uint32_t next_metric_ = 0;
};

// Whether the arrival of `metric` turns missing into decided in some world, of which the metrics
// from `next` on are still to be chosen.
bool CanDecide(const TypedExpression& e, uint32_t metric, uint32_t next, World* world) {
  if (next == kMetrics) {
    if (ValueIn(*world, e).has_value()) return false;
    World with = *world;
    for (const bool value : {true, false}) {
      with[metric] = value;
      if (ValueIn(with, e).has_value()) return true;
    }
    return false;
  }
  if (next == metric) return CanDecide(e, metric, next + 1, world);
  for (const Truth value : {Truth(), Truth(true), Truth(false)}) {
    (*world)[next] = value;
    if (CanDecide(e, metric, next + 1, world)) return true;
  }
  (*world)[next] = std::nullopt;
  return false;
}

MissingMetrics ByBruteForce(const TypedExpression& e) {
  MissingMetrics named;
  for (uint32_t metric = 0; metric < kMetrics; ++metric) {
    World world(kMetrics);
    if (CanDecide(e, metric, 0, &world)) named.push_back(metric);
  }
  return named;
}

Result ResultOf(const TypedExpression& e) {
  CheckedRuleSet rule_set;
  for (uint32_t i = 0; i < kMetrics; ++i) rule_set.metrics.push_back({});
  const Account nothing_sent(rule_set);
  const EvaluationInput input = {.account = &nothing_sent};
  return EvaluateExpression(rule_set, e, input, Evaluation());
}

TEST(MissingMetricsTest, AreThoseWhoseArrivalCanDecide) {
  int missing = 0;
  int selective = 0;  // some metric is absent but not named
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    const TypedExpression e = Generator(seed, /*with_if=*/false).Condition(4);
    const Result result = ResultOf(e);
    const Truth expected = ValueIn(World(kMetrics), e);
    ASSERT_EQ(result.value, expected.has_value() ? Value::Bool(*expected) : Value::Missing())
        << seed;
    if (!result.value.IsMissing()) {
      ASSERT_TRUE(result.missing.empty()) << seed;
      continue;
    }
    const MissingMetrics named = ByBruteForce(e);
    ASSERT_EQ(result.missing, named) << seed;
    ++missing;
    int mentioned = 0;
    WalkTyped(e, [&](const TypedExpression& node) {
      mentioned += node.kind == TypedExpression::Kind::kMetric;
    });
    selective += static_cast<int>(named.size()) < mentioned;
  }
  // The generator makes enough of the interesting cases.
  EXPECT_GT(missing, 250);
  EXPECT_GT(selective, 50);
}

// An undecided `if` names its condition's metrics only, so not all that could matter later, but
// still none that could not.
TEST(MissingMetricsTest, WithIfAreAmongThose) {
  int missing = 0;
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    const TypedExpression e = Generator(seed, /*with_if=*/true).Condition(4);
    const Result result = ResultOf(e);
    const Truth expected = ValueIn(World(kMetrics), e);
    ASSERT_EQ(result.value, expected.has_value() ? Value::Bool(*expected) : Value::Missing())
        << seed;
    if (!result.value.IsMissing()) continue;
    ++missing;
    const MissingMetrics possible = ByBruteForce(e);
    ASSERT_TRUE(std::includes(possible.begin(), possible.end(), result.missing.begin(),
                              result.missing.end()))
        << seed;
    ASSERT_EQ(result.missing.empty(), possible.empty()) << seed;
  }
  EXPECT_GT(missing, 250);
}

}  // namespace
}  // namespace pql
