// What is missing: the cheapest change of an account's metrics that makes a rule qualify.
//
// Cheapest means fewest metrics, then the smallest sum of relative distances.  The search changes
// one metric at a time among those that a failing part of the rule depends on (any solution has to
// change one of them), with iterative deepening over the number of changes (Korf, 1985), so the
// first depth with a solution has the fewest.  Where that takes too many evaluations, hill climbing
// finds a gap that may not be the cheapest.  Every gap was verified by evaluating the changed
// account, and no proper subset of its changes is enough.
//
// Pure; thread-safe.

#ifndef PQL_EVAL_GAP_H_
#define PQL_EVAL_GAP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eval/rule_cone.h"

namespace pql {

struct GapChange {
  uint32_t metric = 0;
  Value current;   // missing when it is not known
  Value proposed;  // a value that is enough; missing: it must not be sent
  // The bound on the far side of which the rule qualifies, and how to reach it: `at least`,
  // `more than`, `at most`, `less than`, `between`, `exactly`, `other than`, `any value`,
  // `starts with`, `ends with`, `contains`, `matches`, `not sent`.
  std::string comparison;
  Value needed;
  std::optional<double> delta;  // proposed - current; microseconds for times and durations
  std::string sentence;         // "channels: has 2, needs 1 more"
};

struct Gap {
  enum class Status : uint8_t {
    kNone,        // the rule qualifies already
    kFound,       // `changes`
    kImpossible,  // no change of metrics makes the rule qualify: the search was complete
    kNotFound,    // none was found within the bounds of the search
  };
  Status status = Status::kNone;
  std::vector<GapChange> changes;  // in order of metric name
  std::string reason;              // of kImpossible and kNotFound, a sentence
};

struct GapOptions {
  int max_changes = 12;          // metrics in one gap
  int max_evaluations = 20'000;  // of the rule, or as much work on parts of it, in the whole search
};

Gap FindGap(const RuleCone& cone, const EvaluationInput& input, const GapOptions& options = {});

// The account of `input` with the gap's changes applied.
Account ApplyGap(const CheckedRuleSet& rule_set, const AccountView& account, const Gap& gap);

}  // namespace pql

#endif  // PQL_EVAL_GAP_H_
