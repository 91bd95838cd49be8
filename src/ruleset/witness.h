// An account that tells two versions of a rule set apart: one on which something comes out
// differently.
//
// The search starts from given accounts and changes one value, then two, then several at random
// (from a fixed seed, so that it is repeatable), among the values that make a difference to a
// condition of either version.  It is bounded: finding none proves nothing.  Thread-compatible.

#ifndef PQL_RULESET_WITNESS_H_
#define PQL_RULESET_WITNESS_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eval/interpreter.h"
#include "language/checked_rule_set.h"

namespace pql {

// What an evaluation is given.
struct Situation {
  Account account;
  Timestamp now;
  std::vector<bool> held;  // by rule; empty: none
};

struct WitnessOptions {
  int max_evaluations = 10'000;  // of what is compared, in both versions, a search
  int max_starts = 24;           // of the given situations
  // At most one change of a given situation, and nothing undecided.
  bool only_simple = false;
};

// Looks for a situation in which `target` comes out differently in the two: the outcome of a rule,
// the value of a define or scorecard.  The result is stripped of values that don't matter.
// REQUIRES: `changed` is a copy of `original` with other expressions, of the same metrics and
// items; `original` and `changed` are restored on return.
std::optional<Situation> FindWitness(CheckedRuleSet* original, CheckedRuleSet* changed, Item target,
                                     std::span<const Situation> starts,
                                     const WitnessOptions& options = {});

// What comes out for a target: of a rule true, false or missing.
Value ObserveItem(const CheckedRuleSet& rule_set, Item target, const Situation& situation);

}  // namespace pql

#endif  // PQL_RULESET_WITNESS_H_
