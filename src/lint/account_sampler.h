// Accounts at random, where reasoning has come to its end: of the values that the tests of two rule
// sets give, and of those on and beside the limits that their conditions name.  From a fixed seed.
// Not thread-safe.

#ifndef PQL_LINT_ACCOUNT_SAMPLER_H_
#define PQL_LINT_ACCOUNT_SAMPLER_H_

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "language/checked_rule_set.h"
#include "lint/reasoning/probe.h"

namespace pql {

class AccountSampler {
 public:
  // REQUIRES: rule sets without errors, which outlive the sampler.
  explicit AccountSampler(std::span<const CheckedRuleSet* const> rule_sets);

  // The first account that `accept` accepts: those of the tests, then some thousand others.
  // Nothing proves nothing.
  std::optional<Witness> Find(const std::function<bool(const Witness& witness)>& accept);

 private:
  void Collect(const CheckedRuleSet& rule_set);
  void AddConstants(const TypedExpression& root);
  void AddNumber(double number);
  Value AnyValue(const Type& type);
  Witness AnyAccount();
  template <typename T>
  const T& OneOf(const std::vector<T>& values) {
    return values[random_() % values.size()];
  }

  std::minstd_rand random_;
  std::map<std::string, Type> metrics_;
  std::map<std::string, std::vector<Value>> given_;  // by metric: what tests send
  std::vector<Witness> of_tests_;
  std::vector<double> numbers_ = {0, 1};
  std::vector<std::string> texts_ = {"", "another text"};
  std::vector<int64_t> spans_ = {0};
  std::vector<int64_t> times_;
};

}  // namespace pql

#endif  // PQL_LINT_ACCOUNT_SAMPLER_H_
