#include "ruleset/metric_dependencies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ruleset/compiled.h"

namespace pql {
namespace {

using ::testing::ElementsAre;

TEST(MetricDependenciesTest, DependenciesGoThroughDefinesScorecardsAndRules) {
  const auto rule_set = Compiled(R"(
metric a: number
metric b: number
metric c: number
metric d: number
define big = a > 1
scorecard fit { add 1 when big add 1 per 2 of b }
rule first { when fit > 1 }
rule second { when first and c > 1 }
rule third { when d > 1 })");
  const MetricDependencies found = FindMetricDependencies(rule_set->checked);
  EXPECT_THAT(found.defines[0], ElementsAre(0));
  EXPECT_THAT(found.scorecards[0], ElementsAre(0, 1));
  EXPECT_THAT(found.rules[0], ElementsAre(0, 1));
  EXPECT_THAT(found.rules[1], ElementsAre(0, 1, 2));
  EXPECT_THAT(found.rules[2], ElementsAre(3));
}

}  // namespace
}  // namespace pql
