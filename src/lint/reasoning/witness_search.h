// Accounts made up from a way through a diagram.
//
// A way says what it supposes of metrics, the clock and differences of times; those can be chosen.
// What is computed can only be hoped for: values are tried, from a fixed seed, and the caller
// looks at what each account really comes to.  Not thread-safe.

#ifndef PQL_LINT_REASONING_WITNESS_SEARCH_H_
#define PQL_LINT_REASONING_WITNESS_SEARCH_H_

#include <functional>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "language/checked_rule_set.h"
#include "lint/reasoning/diagram.h"
#include "lint/reasoning/probe.h"
#include "lint/reasoning/terms.h"

namespace pql {

class WitnessSearch {
 public:
  WitnessSearch(std::span<const CheckedRuleSet* const> rule_sets, const DiagramStore& diagrams,
                const Terms& terms);

  // An account that leads to the terminal of the diagram and that `accept` accepts; nothing when
  // none was found, which proves nothing.  Values that don't matter to `accept` are left out.
  using Accept = std::function<bool(const Witness& witness)>;
  std::optional<Witness> Find(DiagramId diagram, DiagramId terminal, const Accept& accept);

 private:
  struct Choice;
  // How boldly values are chosen: the first attempt takes those that a person would name.
  std::optional<Witness> FromPath(std::span<const Supposition> path, int attempt);
  int64_t ChooseKey(const AxisMeaning& meaning, KeyRange range, int attempt);
  Value ChooseValue(const AxisMeaning& meaning, KeyRange range, int attempt);
  void CollectConstants();
  static Witness Stripped(Witness witness, const Accept& accept);

  std::vector<const CheckedRuleSet*> rule_sets_;
  const DiagramStore& diagrams_;
  const Terms& terms_;
  std::minstd_rand random_;
  bool has_constants_ = false;
  std::vector<std::string> texts_;
  std::vector<int64_t> number_keys_;
};

}  // namespace pql

#endif  // PQL_LINT_REASONING_WITNESS_SEARCH_H_
