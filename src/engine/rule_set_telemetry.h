// What is counted of the evaluations of a rule set: accounts, outcomes by rule, metrics that it
// does not know.
//
// A RuleSetTelemetry lasts as long as its rule set is in force; each revision has a
// RevisionTelemetry, which hangs at its RuleSetState and is where evaluation records.  What was
// recorded for a rule goes on from revision to revision; a rule that is gone loses its counts.
//
// Thread-safe.  Recording takes a few nanoseconds, no lock and no memory.

#ifndef PQL_ENGINE_RULE_SET_TELEMETRY_H_
#define PQL_ENGINE_RULE_SET_TELEMETRY_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/counters.h"
#include "engine/unknown_metrics.h"
#include "language/checked_rule_set.h"

namespace pql {

struct RuleOutcomes {
  uint64_t qualified = 0;
  uint64_t unknown = 0;
};

// How many more rules may be counted apart, over all rule sets.
using RuleBudget = std::atomic<int64_t>;

class RuleSetTelemetry;

class RevisionTelemetry {
 public:
  ~RevisionTelemetry();
  RevisionTelemetry(const RevisionTelemetry&) = delete;
  RevisionTelemetry& operator=(const RevisionTelemetry&) = delete;

  // Once for accounts that were evaluated; what their rules then came to, but for "not qualified",
  // which is the rest.  `rule`: index into CheckedRuleSet::rules; drafts are not counted.
  void AddAccounts(uint64_t n);
  void AddQualified(uint32_t rule, uint64_t n = 1) { Add(rule, 0, n); }
  void AddUnknown(uint32_t rule, uint64_t n = 1) { Add(rule, 1, n); }
  // Values that accounts were sent with; `name` is not declared.
  void AddUnknownMetric(std::string_view name, uint64_t values = 1);

  RuleSetTelemetry& rule_set() const { return *rule_set_; }

 private:
  friend class RuleSetTelemetry;
  static constexpr uint32_t kNotCounted = UINT32_MAX;

  RevisionTelemetry(std::shared_ptr<RuleSetTelemetry> rule_set, std::vector<uint32_t> places,
                    std::vector<std::string> names);
  void Add(uint32_t rule, size_t outcome, uint64_t n) {
    const uint32_t place = places_[rule];
    if (place == kNotCounted) return;
    counts_[CounterCopy() * copy_size_ + size_t{2} * place + outcome].fetch_add(
        n, std::memory_order_relaxed);
  }
  RuleOutcomes Sum(size_t place) const;

  const std::shared_ptr<RuleSetTelemetry> rule_set_;
  const std::vector<uint32_t> places_;    // by rule
  const std::vector<std::string> names_;  // by place; the last place is of all other rules
  const size_t copy_size_;                // of one copy of counts_, whole cache lines
  const std::unique_ptr<std::atomic<uint64_t>[]> counts_;
};

class RuleSetTelemetry : public std::enable_shared_from_this<RuleSetTelemetry> {
 public:
  // Takes what it needs of `budget`, and gives it back.  `clock` outlives it.
  RuleSetTelemetry(std::shared_ptr<RuleBudget> budget, const Clock* clock);
  ~RuleSetTelemetry();

  // For a revision that comes into force after those before.
  std::shared_ptr<RevisionTelemetry> Begin(const CheckedRuleSet& checked);

  uint64_t accounts() const { return accounts_.Sum(); }
  UnknownMetrics& unknown_metrics() { return unknown_metrics_; }
  const UnknownMetrics& unknown_metrics() const { return unknown_metrics_; }

  struct Outcomes {
    std::map<std::string, RuleOutcomes, std::less<>> rules;  // by name
    // Of all rules beyond the budget together, where there is one.
    bool has_others = false;
    RuleOutcomes others;
  };
  Outcomes outcomes() const;

 private:
  friend class RevisionTelemetry;
  void Retire(const RevisionTelemetry& revision);
  // Adds to rules of `totals` only.
  static void AddUp(const RevisionTelemetry& revision, Outcomes* totals);

  const std::shared_ptr<RuleBudget> budget_;
  Counter accounts_;
  UnknownMetrics unknown_metrics_;
  mutable std::mutex mutex_;
  Outcomes retired_;                                 // of revisions that nobody records into
  std::vector<const RevisionTelemetry*> revisions_;  // the others
};

inline void RevisionTelemetry::AddAccounts(uint64_t n) { rule_set_->accounts_.Add(n); }
inline void RevisionTelemetry::AddUnknownMetric(std::string_view name, uint64_t values) {
  rule_set_->unknown_metrics_.Record(name, values);
}

}  // namespace pql

#endif  // PQL_ENGINE_RULE_SET_TELEMETRY_H_
