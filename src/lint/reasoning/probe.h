// Conditions put to the reference interpreter: what an account, made up by the reasoning, really
// comes to.  Nothing is claimed to be possible that was not seen here.
//
// Keeps references to the rule sets.  Not thread-safe.

#ifndef PQL_LINT_REASONING_PROBE_H_
#define PQL_LINT_REASONING_PROBE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "eval/interpreter.h"
#include "language/checked_rule_set.h"
#include "language/value.h"

namespace pql {

// The clock of a made-up account where it does not matter: noon of 2026-03-02, no boundary of
// anything.
inline constexpr Timestamp kUsualNow{1'772'452'800 * kMicrosPerSecond};

// An account and what else an evaluation is given, apart from any one rule set.
struct Witness {
  std::map<std::string, Value> values;  // by name of the metric: those that were sent
  Timestamp now;
  bool reads_clock = false;     // `now` matters
  std::set<std::string> held;   // names of rules that hold the account already
  bool held_by_itself = false;  // the rule asked about holds it already

  // `messages = 150, plan = "free"`, with the time and who holds the account where that matters;
  // empty when nothing was sent.
  std::string ToText() const;
};

// A condition of a rule set: an expression, or the outcome of a rule.
struct Subject {
  size_t rule_set = 0;
  const TypedExpression* expression = nullptr;  // null: the rule
  uint32_t rule = 0;
};

class Probe {
 public:
  explicit Probe(std::span<const CheckedRuleSet* const> rule_sets);

  // True, false or missing.  A value that the rule set does not admit for its metric counts as not
  // sent.
  Value Evaluate(const Subject& subject, const Witness& witness);

 private:
  struct Side {
    const CheckedRuleSet* rule_set = nullptr;
    std::vector<uint32_t> positions[3];  // in evaluation_order, by kind and index of an item
    Evaluation done;
  };
  static void AddUses(const TypedExpression& expression, const Side& side,
                      std::vector<uint32_t>* uses);
  // What the subject depends on, in evaluation order.
  std::vector<Item> ItemsOf(const Subject& subject) const;

  std::vector<Side> sides_;
};

}  // namespace pql

#endif  // PQL_LINT_REASONING_PROBE_H_
