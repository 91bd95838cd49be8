// The reference interpreter: walks the typed tree.  It is the definition of the language's meaning,
// so it is written to be obviously right; every faster engine is tested against it.
//
// Evaluation is total and deterministic; the clock is an input.  Stateless and thread-safe: inputs
// are only read.

#ifndef PQL_EVAL_INTERPRETER_H_
#define PQL_EVAL_INTERPRETER_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "eval/kleene.h"
#include "language/checked_rule_set.h"
#include "language/typed_expression.h"
#include "language/value.h"

namespace pql {

// What an evaluation may ask of an account.  Windowed aggregates over usage events will be a second
// question beside Metric().
class AccountView {
 public:
  virtual ~AccountView() = default;
  // The value of CheckedRuleSet::metrics[index], its default applied; missing when neither is
  // there.
  virtual const Value& Metric(uint32_t index) const = 0;
  // Whether a present value was sent (a default does not count).
  virtual bool WasSet(uint32_t index) const = 0;
};

// An account in memory: one value a metric of the rule set.
class Account : public AccountView {
 public:
  // Every metric has its default, or is missing.  Keeps no reference to `rule_set`.
  explicit Account(const CheckedRuleSet& rule_set);

  const Value& Metric(uint32_t index) const override { return values_[index]; }
  // A missing value brings the default back, as JSON `null` does.
  void Set(uint32_t index, Value value);
  bool WasSet(uint32_t index) const override { return was_set_[index]; }

 private:
  std::vector<Value> values_;
  std::vector<Value> defaults_;
  std::vector<bool> was_set_;
};

enum class Outcome : uint8_t { kNotQualified, kQualified, kUnknown };
// Of the rule as a condition: missing when the outcome is unknown.
Value ConditionValue(Outcome outcome);
std::string_view OutcomeName(Outcome outcome);  // "NOT_QUALIFIED", "QUALIFIED", "UNKNOWN"

struct RuleResult {
  Outcome outcome = Outcome::kNotQualified;
  MissingMetrics missing;       // of an unknown one
  std::optional<double> score;  // of a qualified one, where present
  Deciders deciders;            // of an unknown one: true is qualified
};

struct ScorecardResult {
  // Always finite: a line's points and the sum of the lines so far stay at the largest double.
  double value = 0;
  bool incomplete = false;  // some line's condition or value was missing
  MissingMetrics missing;   // of an incomplete one; empty when no metric can mend it
};

struct EvaluationInput {
  const AccountView* account = nullptr;
  Timestamp now;
  std::vector<bool> held;  // by rule: already held by it; empty: none
};

// Everything an evaluation found, by index of the rule set.
struct Evaluation {
  std::vector<RuleResult> rules;  // active and shadow; draft ones too, which answers never show
  std::vector<Result> defines;    // outputs included
  std::vector<ScorecardResult> scorecards;
  std::optional<uint32_t> stage;  // the highest that an active qualified rule gives
};

Evaluation Evaluate(const CheckedRuleSet& rule_set, const EvaluationInput& input);

// Evaluates some items only, in the order given, into `done`, which an earlier call may have
// filled: only their entries change, and `stage` is left alone.  REQUIRES: with each item, those
// that it depends on come before it.
void EvaluateItems(const CheckedRuleSet& rule_set, std::span<const Item> items,
                   const EvaluationInput& input, Evaluation* done);

// The value of an expression, given the items evaluated before: conditions of tests, parts of a
// rule for its explanation.  REQUIRES: `done` holds every item that the expression depends on.
Result EvaluateExpression(const CheckedRuleSet& rule_set, const TypedExpression& expression,
                          const EvaluationInput& input, const Evaluation& done);

}  // namespace pql

#endif  // PQL_EVAL_INTERPRETER_H_
