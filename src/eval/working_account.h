// An account under change, and what becomes of a rule with each change: only the conditions that
// look at the changed metric are evaluated anew.  Private to eval/ and those that search with it;
// not thread-safe.

#ifndef PQL_EVAL_WORKING_ACCOUNT_H_
#define PQL_EVAL_WORKING_ACCOUNT_H_

#include <cstdint>
#include <vector>

#include "eval/rule_cone.h"

namespace pql {

class WorkingAccount {
 public:
  // A copy of the input's account; the cone must outlive it.
  WorkingAccount(const RuleCone& cone, const EvaluationInput& input);
  WorkingAccount(const WorkingAccount&) = delete;
  WorkingAccount& operator=(const WorkingAccount&) = delete;

  const RuleCone& cone() const { return cone_; }
  const Account& account() const { return account_; }
  const EvaluationInput& input() const { return input_; }
  // The work done so far, in evaluations of the whole rule: an atom is its share of one.
  int evaluations() const { return static_cast<int>(work_ / work_of_rule_); }

  // Missing takes the value away.
  void Set(uint32_t metric, const Value& value);
  // What to set to bring the metric back to where it is: missing for a default.
  Value OwnValue(uint32_t metric) const;

  bool Qualifies();
  bool QualifiesIf(uint32_t metric, const Value& value);
  // Of a condition: a connective, the name of one, or an atom of the cone.
  Value ValueOf(const TypedExpression& condition);
  // Another number when a metric that the atom depends on has changed since the atom's value was
  // asked for.
  uint32_t VersionOf(const Atom& atom) const { return atom_versions_[IndexOf(atom)]; }
  // Of what stands in an atom.
  Value PartOf(const Atom& atom, const TypedExpression& part);
  // Whether the clock is within the rule's time.
  bool IsActive(const Rule& rule) const;
  // Whether `keep while` counts: the rule holds the account already.
  bool IsKept(uint32_t rule) const;

 private:
  size_t IndexOf(const Atom& atom) const {
    return static_cast<size_t>(&atom - cone_.atoms().data());
  }
  // Does the landings of the cone, with which the next three are not nested deeply.
  void Land();
  Value Find(const TypedExpression& condition);
  Value ConditionAt(size_t item);  // by index of cone.items()
  Value OutcomeOf(uint32_t rule);
  Value Join(const std::vector<TypedExpression>& conditions, bool decisive);
  Value AtLeast(const TypedExpression& expression);
  Value AtomValue(const TypedExpression& expression);
  // In `evaluation_`, with all that they depend on.
  void BringUpToDate(std::vector<size_t> items);

  const RuleCone& cone_;
  Account account_;
  EvaluationInput input_;
  Evaluation evaluation_;          // of items that atoms use, as far as they are up to date
  std::vector<bool> item_is_new_;  // by index of cone.items(): up to date in `evaluation_`
  // By the same: of defines and rules as conditions, as far as they are up to date.
  std::vector<bool> condition_is_new_;
  std::vector<Value> conditions_;
  bool landed_ = false;
  std::vector<uint32_t> atom_versions_;  // by index of cone.atoms(), as are the next two
  std::vector<uint32_t> atom_known_;     // the version that has the value below; 0: none
  std::vector<Value> atom_values_;
  int64_t work_ = 0;
  const int64_t work_of_rule_;
};

}  // namespace pql

#endif  // PQL_EVAL_WORKING_ACCOUNT_H_
