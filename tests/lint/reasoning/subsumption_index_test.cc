#include "lint/reasoning/subsumption_index.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "tests/testing/random.h"

namespace pql {
namespace {

using testing::Random;

class SubsumptionIndexTest : public ::testing::Test {
 protected:
  SubsumptionIndexTest() {
    for (int i = 0; i < 5; ++i) {
      axes_.push_back(store_.AddAxis({.universe = {0, 99}, .can_be_missing = i > 0}));
    }
  }

  DiagramId Interval(Random* random) {
    const int64_t low = random->Between(1, 60);
    const int64_t high = low + random->Between(1, 38);
    return store_.Node(random->Of(axes_), {.missing = random->OneIn(8) ? kTrue : kMissing,
                                           .edges = {{0, kFalse}, {low, kTrue}, {high, kFalse}}});
  }
  DiagramId Condition(Random* random) {
    DiagramId d = Interval(random);
    for (int i = random->Between(0, 3); i > 0; --i) {
      d = random->OneIn(3) ? store_.Or(d, Interval(random)) : store_.And(d, Interval(random));
    }
    return d;
  }

  DiagramStore store_;
  std::vector<AxisId> axes_;
};

TEST_F(SubsumptionIndexTest, FindsWhatComparingEachWithEachFinds) {
  Random random(testing::TestSeed());
  int found = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<DiagramId> conditions;
    for (int i = 0; i < 60; ++i) conditions.push_back(Condition(&random));
    SubsumptionIndex index(&store_, conditions);
    for (size_t i = 0; i < conditions.size(); ++i) {
      const auto accept = [i](size_t j) { return j != i; };
      std::optional<size_t> expected;
      for (size_t j = conditions.size(); j-- > 0;) {
        if (!store_.CanBe(conditions[i], kTrue) || !store_.CanBe(conditions[j], kTrue)) continue;
        if (accept(j) && *store_.Implies(conditions[i], conditions[j])) expected = j;
      }
      EXPECT_EQ(index.FindAround(conditions[i], accept), expected);
      found += expected.has_value();
    }
  }
  EXPECT_GT(found, 100);
}

}  // namespace
}  // namespace pql
