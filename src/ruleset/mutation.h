// How good the tests of a rule set are: which small changes to its conditions (mutants.h) no test
// notices, and for each of those the test that would.  Pure; thread-safe.

#ifndef PQL_RULESET_MUTATION_H_
#define PQL_RULESET_MUTATION_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ruleset/mutants.h"
#include "ruleset/rule_set.h"
#include "ruleset/witness.h"

namespace pql {

struct Survivor {
  Mutant mutant;
  // A `test` block that passes, and fails on the mutant: both were tried.  Empty: no account was
  // found on which the mutant differs, so that it seems equivalent.
  std::string test;
  // It is the test of an earlier survivor, which kills this one as well.
  bool has_earlier_test = false;
};

struct MutationReport {
  size_t mutants = 0;
  size_t killed = 0;
  std::vector<Survivor> survivors;    // with a test, in order of file and place
  std::vector<Survivor> equivalents;  // without one

  // The share of the mutants that differ which were killed, 0 to 100; 100 where there are none.
  double score() const;
};

struct MutationOptions {
  WitnessOptions witness;
};

// `tests` are indices into rule_set.checked.tests.  A mutant is killed when one of them fails.
// Draft rules, which are not in force, have no mutants.
// REQUIRES: the rule set has no errors; the tests pass.
MutationReport RunMutation(const RuleSet& rule_set, std::span<const uint32_t> tests,
                           const MutationOptions& options = {});

}  // namespace pql

#endif  // PQL_RULESET_MUTATION_H_
