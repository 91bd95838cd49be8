#include "lint/reasoning/diagram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <vector>

#include "tests/testing/random.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Random;

// A few axes of ten keys each.
class DiagramTest : public ::testing::Test {
 protected:
  static constexpr int kAxes = 4;
  DiagramTest() {
    for (int i = 0; i < kAxes; ++i) {
      axes_.push_back(store_.AddAxis({.universe = {0, 9}, .is_metric = true}));
    }
  }

  DiagramId AtLeastKey(AxisId axis, int64_t key) {
    return store_.Node(axis, {.missing = kMissing, .edges = {{0, kFalse}, {key, kTrue}}});
  }

  DiagramId RandomDiagram(Random* random, int depth) {
    if (depth == 0) return AtLeastKey(random->Of(axes_), random->Between(1, 9));
    const DiagramId a = RandomDiagram(random, depth - 1);
    const DiagramId b = RandomDiagram(random, depth - 1);
    switch (random->Below(3)) {
      case 0:
        return store_.And(a, b);
      case 1:
        return store_.Or(a, store_.Not(b));
      default: {
        // A question about any axis, also one that the branches ask about.
        Partition partition = {.missing = random->OneIn(2) ? a : kMissing};
        partition.edges = {{0, b}, {random->Between(1, 9), a}};
        return store_.Node(random->Of(axes_), std::move(partition));
      }
    }
  }

  using Point = std::vector<std::optional<int64_t>>;
  DiagramId At(DiagramId d, const Point& point) {
    const std::vector<DiagramId> possible =
        store_.Possible(d, [&](AxisId axis) -> std::optional<AxisValue> {
          const auto& key = point[axis];
          return key ? AxisValue{.key = *key} : AxisValue{.missing = true};
        });
    EXPECT_EQ(possible.size(), 1u);
    return possible[0];
  }
  static Point RandomPoint(Random* random) {
    Point point;
    for (int i = 0; i < kAxes; ++i) {
      point.push_back(random->OneIn(6) ? std::nullopt
                                       : std::optional<int64_t>(random->Between(0, 9)));
    }
    return point;
  }

  DiagramStore store_{{.max_steps = 1 << 20}};
  std::vector<AxisId> axes_;
};

DiagramId KleeneAnd(DiagramId a, DiagramId b) {
  if (a == kFalse || b == kFalse) return kFalse;
  return a == kTrue && b == kTrue ? kTrue : kMissing;
}
DiagramId KleeneNot(DiagramId a) { return a == kMissing ? kMissing : a == kTrue ? kFalse : kTrue; }

TEST_F(DiagramTest, ConnectivesAreKleenesAtEveryPoint) {
  Random random(testing::TestSeed());
  for (int i = 0; i < 300; ++i) {
    const DiagramId a = RandomDiagram(&random, 3);
    const DiagramId b = RandomDiagram(&random, 3);
    const DiagramId c = RandomDiagram(&random, 1);
    const DiagramId both = store_.And(a, b);
    const DiagramId either = store_.Or(a, b);
    const DiagramId parts[] = {a, b, c};
    const DiagramId two = store_.AtLeast(2, parts);
    const DiagramId chosen = store_.Combine(parts, [&](std::span<const DiagramId> t) {
      return t[0] == kTrue ? t[1] : t[0] == kFalse ? b : kMissing;
    });
    for (int j = 0; j < 40; ++j) {
      const Point point = RandomPoint(&random);
      const DiagramId at_a = At(a, point);
      const DiagramId at_b = At(b, point);
      const DiagramId at_c = At(c, point);
      ASSERT_EQ(At(both, point), KleeneAnd(at_a, at_b));
      ASSERT_EQ(At(either, point), KleeneNot(KleeneAnd(KleeneNot(at_a), KleeneNot(at_b))));
      ASSERT_EQ(At(store_.Not(a), point), KleeneNot(at_a));
      ASSERT_EQ(At(store_.TrueOnly(a), point), at_a == kTrue ? kTrue : kFalse);
      ASSERT_EQ(At(chosen, point), at_a == kMissing ? kMissing : at_b);
      int trues = 0;
      int missing = 0;
      for (const DiagramId d : {at_a, at_b, at_c}) {
        trues += d == kTrue;
        missing += d == kMissing;
      }
      ASSERT_EQ(At(two, point), trues >= 2 ? kTrue : trues + missing < 2 ? kFalse : kMissing);
      Point without = point;
      without[1] = std::nullopt;
      ASSERT_EQ(At(store_.WhereMissing(a, axes_[1]), point), At(a, without));
    }
  }
}

TEST_F(DiagramTest, EqualFunctionsAreOneDiagram) {
  Random random(testing::TestSeed());
  for (int i = 0; i < 300; ++i) {
    const DiagramId a = RandomDiagram(&random, 2);
    const DiagramId b = RandomDiagram(&random, 2);
    const DiagramId c = RandomDiagram(&random, 2);
    EXPECT_EQ(store_.And(a, store_.Or(b, c)), store_.Or(store_.And(a, b), store_.And(c, a)));
    EXPECT_EQ(store_.Not(store_.And(a, b)), store_.Or(store_.Not(a), store_.Not(b)));
    EXPECT_EQ(store_.Not(store_.Not(a)), a);
  }
}

TEST_F(DiagramTest, ImpliesWhatHoldsOnEveryPoint) {
  Random random(testing::TestSeed());
  int implied = 0;
  for (int i = 0; i < 500; ++i) {
    const DiagramId a = RandomDiagram(&random, 2);
    const DiagramId b =
        random.OneIn(2) ? store_.Or(a, RandomDiagram(&random, 1)) : RandomDiagram(&random, 2);
    const bool implies = *store_.Implies(a, b);
    implied += implies;
    bool counterexample = false;
    for (int j = 0; j < 60; ++j) {
      const Point point = RandomPoint(&random);
      counterexample |= At(a, point) == kTrue && At(b, point) != kTrue;
    }
    EXPECT_FALSE(implies && counterexample);
    const DiagramId only_a = store_.And(a, store_.Not(store_.TrueOnly(b)));
    EXPECT_EQ(implies, !store_.CanBe(only_a, kTrue));
  }
  EXPECT_GT(implied, 200);
}

TEST_F(DiagramTest, RequirementsAreWhatEveryWayToTrueSupposes) {
  const DiagramId a = store_.And(AtLeastKey(axes_[0], 3), store_.Not(AtLeastKey(axes_[0], 7)));
  const DiagramId b = store_.Or(AtLeastKey(axes_[1], 5), AtLeastKey(axes_[2], 5));
  const auto requirements = store_.RequirementsOf(store_.And(a, b));
  ASSERT_EQ(requirements.size(), 1u);
  EXPECT_EQ(requirements[0].axis, axes_[0]);
  EXPECT_EQ(requirements[0].hull, (KeyRange{3, 6}));
  EXPECT_THAT(store_.AxesOf(store_.And(a, b)), ElementsAre(axes_[0], axes_[1], axes_[2]));
  EXPECT_THAT(store_.RequirementsOf(b), IsEmpty());
}

TEST_F(DiagramTest, PathsLeadToTheirTerminal) {
  Random random(testing::TestSeed());
  for (int i = 0; i < 100; ++i) {
    const DiagramId a = RandomDiagram(&random, 3);
    int paths = 0;
    store_.ForEachPath(a, kTrue, 20, [&](std::span<const Supposition> path) {
      Point point = RandomPoint(&random);
      for (const Supposition& s : path) {
        point[s.axis] = s.missing ? std::nullopt : std::optional(s.range.high);
      }
      EXPECT_EQ(At(a, point), kTrue);
      ++paths;
      return false;
    });
    EXPECT_EQ(paths > 0, store_.CanBe(a, kTrue));
  }
}

TEST(DiagramLimitTest, WhatGrowsTooLargeIsSaidSo) {
  DiagramStore store({.max_steps = 40});
  DiagramId chain = kFalse;
  for (int i = 0; i < 40; ++i) {
    const AxisId axis = store.AddAxis({.universe = {0, 9}});
    const DiagramId leaf =
        store.Node(axis, {.missing = kMissing, .edges = {{0, kFalse}, {5, kTrue}}});
    chain = i % 2 == 0 ? store.Or(leaf, chain) : store.And(leaf, chain);
  }
  EXPECT_EQ(chain, kTooLarge);
  EXPECT_EQ(store.Not(chain), kTooLarge);
  EXPECT_EQ(store.And(kTrue, chain), kTooLarge);
  EXPECT_EQ(store.Implies(chain, kTrue), std::nullopt);
}

// An axis that is never missing does not tell diagrams apart by what would be if it were.
TEST(DiagramLimitTest, AnAxisThatIsNeverMissing) {
  DiagramStore store;
  const AxisId axis = store.AddAxis({.universe = {0, 1}, .can_be_missing = false});
  const DiagramId a = store.Node(axis, {.missing = kMissing, .edges = {{0, kFalse}, {1, kTrue}}});
  const DiagramId b = store.Node(axis, {.missing = kTrue, .edges = {{0, kFalse}, {1, kTrue}}});
  EXPECT_EQ(a, b);
  EXPECT_FALSE(store.CanBe(a, kMissing));
  EXPECT_EQ(store.Node(axis, {.missing = kMissing, .edges = {{0, kTrue}}}), kTrue);
}

}  // namespace
}  // namespace pql
