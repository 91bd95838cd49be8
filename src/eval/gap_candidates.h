// The values that the gap's search tries for a metric.  Private to eval/.

#ifndef PQL_EVAL_GAP_CANDIDATES_H_
#define PQL_EVAL_GAP_CANDIDATES_H_

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "eval/inverse.h"
#include "eval/metric_axis.h"
#include "eval/rule_cone.h"
#include "eval/working_account.h"

namespace pql {

// How the atoms of a cone depend on its metrics, worked out once a search.
class MetricCandidates {
 public:
  explicit MetricCandidates(const RuleCone& cone,
                            int max_evaluations = std::numeric_limits<int>::max());

  // Values that may make a difference, other than the present one: of each piece of an ordered
  // metric's axis the nearest, every option of a finite type, texts and lists made of what the
  // atoms ask for.  Once the account has seen more than `max_evaluations`, perhaps not all of them.
  std::vector<Value> For(uint32_t metric, WorkingAccount* account);
  // The pieces of an ordered metric's axis in the present state of the account, ascending.
  std::vector<KeyRange> Ranges(uint32_t metric, WorkingAccount* account);

  // The widest range around an ordered metric's present value with which the rule still qualifies.
  // REQUIRES: it does.
  KeyRange QualifyingRange(uint32_t metric, WorkingAccount* account);

  // Whether the candidates of all metrics cover every value there is, so that a search without
  // success proves that there is no solution.
  bool complete() const { return complete_; }

 private:
  // How an atom looks at one of its metrics without an atom in between.
  struct Use {
    const Atom* atom = nullptr;
    bool simple = false;  // a comparison of the bare metric with something that lacks it
    // Cuts found before, by the values of the atom's other metrics.
    std::map<std::string, std::vector<int64_t>> cuts;
  };

  void FindPresenceTests();
  std::set<uint32_t> MetricsSeenBy(const Atom& atom);
  Use UseOf(const Atom& atom, uint32_t metric);
  const Mentions& MentionsOf(uint32_t metric);
  std::vector<KeyRange> RangesWithin(int max_evaluations, uint32_t metric, WorkingAccount* account);
  const std::vector<int64_t>& CutsOf(Use* use, uint32_t metric, WorkingAccount* account);
  bool IsComplete(uint32_t metric) const;
  // What texts may be made of.
  struct Constants {
    std::set<std::string> texts;
    std::set<std::string> parts;  // those that are asked for as part of a text
  };
  Constants ConstantsOf(const Atom& atom);
  std::vector<Value> TextCandidates(uint32_t metric, WorkingAccount* account);
  std::vector<Value> ListCandidates(uint32_t metric, WorkingAccount* account);

  const RuleCone& cone_;
  const int max_evaluations_;
  std::map<uint32_t, std::vector<Use>> uses_;
  std::map<uint32_t, Constants> constants_;  // of the atoms that use a metric
  std::set<uint32_t> presence_tested_;       // metrics that may be better missing
  std::optional<Mentions> mentions_;         // of the metric that was last asked for
  size_t looks_left_;                        // at expressions
  bool complete_ = true;
};

}  // namespace pql

#endif  // PQL_EVAL_GAP_CANDIDATES_H_
