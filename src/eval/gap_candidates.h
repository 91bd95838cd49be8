// The values that the gap's search tries for a metric.  Private to eval/.

#ifndef PQL_EVAL_GAP_CANDIDATES_H_
#define PQL_EVAL_GAP_CANDIDATES_H_

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "eval/metric_axis.h"
#include "eval/rule_cone.h"
#include "eval/working_account.h"

namespace pql {

// How the atoms of a cone depend on its metrics, worked out once a search.
class MetricCandidates {
 public:
  explicit MetricCandidates(const RuleCone& cone);

  // Values that may make a difference, other than the present one: of each piece of an ordered
  // metric's axis the nearest, every option of a finite type, texts and lists made of what the
  // atoms ask for.
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

  void AddUses(const Atom& atom, const TypedExpression& expression,
               std::set<uint32_t>* seen_metrics, std::set<std::pair<int, uint32_t>>* seen_items);
  Use UseOf(const Atom& atom, uint32_t metric) const;
  const std::vector<int64_t>& CutsOf(Use* use, uint32_t metric, WorkingAccount* account) const;
  bool IsComplete(uint32_t metric) const;
  void CollectConstants(const TypedExpression& expression, uint32_t metric);
  void CollectParts(const TypedExpression& node, uint32_t metric);
  std::vector<Value> TextCandidates(uint32_t metric, WorkingAccount* account) const;
  std::vector<Value> ListCandidates(uint32_t metric, WorkingAccount* account) const;

  const RuleCone& cone_;
  std::map<uint32_t, std::vector<Use>> uses_;
  std::map<uint32_t, std::set<std::string>> texts_;  // constants of the atoms that use a metric
  std::map<uint32_t, std::set<std::string>> parts_;  // those that are asked for as part of a text
  std::set<uint32_t> presence_tested_;
  bool complete_ = true;
};

}  // namespace pql

#endif  // PQL_EVAL_GAP_CANDIDATES_H_
