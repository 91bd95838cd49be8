// Random well-typed rule sets as source text, and random accounts for them: what every property
// test and every engine's differential test is fed with.
//
// Rule sets use the whole language; constants come from a small pool, so that conditions meet their
// boundaries often.  Not thread-safe.

#ifndef PQL_TESTS_TESTING_RANDOM_RULE_SET_H_
#define PQL_TESTS_TESTING_RANDOM_RULE_SET_H_

#include <string>
#include <vector>

#include "eval/interpreter.h"
#include "language/checked_rule_set.h"
#include "tests/testing/random.h"

namespace pql::testing {

struct RandomRuleSetOptions {
  int metrics = 8;
  int defines = 3;
  int scorecards = 1;
  int rules = 4;
  int max_depth = 4;
  bool clock = true;      // `now`, `within`, `active`
  bool functions = true;  // calls, and arithmetic over several metrics
  bool scorecard_use = true;
  bool presence = true;  // `is missing`, `is present`, coalesce: where absence is information
};

// One file of source: it compiles without findings.
std::string RandomRuleSetSource(Random* random, const RandomRuleSetOptions& options = {});

// One condition over the rule set's metrics, defines, scorecards and rules, as source.
std::string RandomCondition(Random* random, const CheckedRuleSet& rule_set,
                            const RandomRuleSetOptions& options = {});

struct RandomAccountOptions {
  int missing_percent = 25;  // of metrics that are not sent
};

// Values that the rule set's constants make interesting: on a bound, next to it, far away.
Value RandomValue(Random* random, const Metric& metric);
Account RandomAccount(Random* random, const CheckedRuleSet& rule_set,
                      const RandomAccountOptions& options = {});

// A clock near to the random timestamps.
Timestamp RandomNow(Random* random);
// An evaluation's held rules: some at random.
std::vector<bool> RandomHeld(Random* random, const CheckedRuleSet& rule_set);

}  // namespace pql::testing

#endif  // PQL_TESTS_TESTING_RANDOM_RULE_SET_H_
