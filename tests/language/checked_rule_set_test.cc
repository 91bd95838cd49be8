#include "language/checked_rule_set.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace pql {
namespace {

TEST(CheckedRuleSetTest, FindsDeclarationsByName) {
  CheckedRuleSet rule_set;
  for (const char* name : {"Z", "a", "a.b", "größe"}) {
    rule_set.metrics.push_back({.name = name});
    rule_set.rules.push_back({.name = std::string("r_") + name});
  }
  EXPECT_EQ(rule_set.FindMetric("Z"), 0);
  EXPECT_EQ(rule_set.FindMetric("a"), 1);
  EXPECT_EQ(rule_set.FindMetric("größe"), 3);
  EXPECT_EQ(rule_set.FindMetric("r_a"), std::nullopt);
  EXPECT_EQ(rule_set.FindMetric(""), std::nullopt);
  EXPECT_EQ(rule_set.FindMetric("zz"), std::nullopt);
  EXPECT_EQ(rule_set.FindRule("r_a.b"), 2);
  EXPECT_EQ(rule_set.FindRule("a"), std::nullopt);
}

TEST(CheckedRuleSetTest, KindsAndModesHaveNames) {
  for (const auto kind : {MetricKind::kProduct, MetricKind::kHandRaise, MetricKind::kMarketing,
                          MetricKind::kSales, MetricKind::kBilling, MetricKind::kProfile}) {
    EXPECT_EQ(FindMetricKind(MetricKindName(kind)), kind);
  }
  EXPECT_EQ(MetricKindName(MetricKind::kHandRaise), "hand_raise");
  EXPECT_EQ(MetricKindName(MetricKind::kNone), "");
  EXPECT_EQ(FindMetricKind(""), std::nullopt);
  EXPECT_EQ(FindMetricKind("Product"), std::nullopt);
  for (const auto mode : {RuleMode::kActive, RuleMode::kShadow, RuleMode::kDraft}) {
    EXPECT_EQ(FindRuleMode(RuleModeName(mode)), mode);
  }
  EXPECT_EQ(RuleModeName(RuleMode::kShadow), "shadow");
  EXPECT_EQ(FindRuleMode("live"), std::nullopt);
}

}  // namespace
}  // namespace pql
