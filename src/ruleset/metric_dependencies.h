// Which metrics the items of a rule set depend on, directly or through others.  Pure; thread-safe.

#ifndef PQL_RULESET_METRIC_DEPENDENCIES_H_
#define PQL_RULESET_METRIC_DEPENDENCIES_H_

#include <cstdint>
#include <set>
#include <vector>

#include "language/checked_rule_set.h"

namespace pql {

// Metric indices, ascending: that is in order of name.
struct MetricDependencies {
  std::vector<std::set<uint32_t>> defines;
  std::vector<std::set<uint32_t>> scorecards;
  std::vector<std::set<uint32_t>> rules;
};

MetricDependencies FindMetricDependencies(const CheckedRuleSet& rule_set);
// Those of one rule.
std::set<uint32_t> MetricsOfRule(const CheckedRuleSet& rule_set, uint32_t rule);

}  // namespace pql

#endif  // PQL_RULESET_METRIC_DEPENDENCIES_H_
