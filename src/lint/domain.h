// What the rules of a set say in terms of product-led growth: which kinds of signals each turns on,
// and which of them are about product-qualified leads.  Thread-compatible.

#ifndef PQL_LINT_DOMAIN_H_
#define PQL_LINT_DOMAIN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lint/reasoning/condition_space.h"
#include "ruleset/rule_set.h"

namespace pql {

// A set of metric kinds.
class KindSet {
 public:
  void Add(MetricKind kind) { bits_ |= BitOf(kind); }
  void Add(KindSet other) { bits_ |= other.bits_; }
  bool Has(MetricKind kind) const { return (bits_ & BitOf(kind)) != 0; }

 private:
  static uint32_t BitOf(MetricKind kind) { return 1u << static_cast<uint32_t>(kind); }
  uint32_t bits_ = 0;
};

class DomainFacts {
 public:
  explicit DomainFacts(const RuleSet& rule_set);

  // Rules in force or on trial that give the stage `pql`, by index.
  const std::vector<uint32_t>& pql_rules() const { return pql_rules_; }
  // Rules in force that give the stage `customer`.
  const std::vector<uint32_t>& customer_rules() const { return customer_rules_; }
  // Of the metrics that the outcome of the rule depends on, directly or through others.
  KindSet KindsOf(uint32_t rule) const { return rules_[rule]; }
  // A billing metric of the rule set, if it has one.
  std::optional<uint32_t> billing_metric() const { return billing_metric_; }

 private:
  KindSet Of(const TypedExpression& expression) const;

  const CheckedRuleSet& checked_;
  std::vector<KindSet> defines_;
  std::vector<KindSet> scorecards_;
  std::vector<KindSet> rules_;
  std::vector<uint32_t> pql_rules_;
  std::vector<uint32_t> customer_rules_;
  std::optional<uint32_t> billing_metric_;
};

// An account that qualifies for the rule although nothing is known of what it does: all it has sent
// is who it is and what it pays.  Nothing when none was found.
std::optional<Witness> FindInactiveAccount(const CheckedRuleSet& checked, uint32_t rule,
                                           ConditionSpace* space);

// An account that qualifies for the rule whatever the billing metrics say that the rule looks at:
// every value of a `one of` or of true and false, and some of each other type, were tried.  Nothing
// when none was found.
std::optional<Witness> FindAccountWhateverItPays(const CheckedRuleSet& checked, uint32_t rule,
                                                 ConditionSpace* space);

// "an account with plan = "free"", "an account of which nothing is known".
std::string DescribeAccount(const Witness& witness);

}  // namespace pql

#endif  // PQL_LINT_DOMAIN_H_
