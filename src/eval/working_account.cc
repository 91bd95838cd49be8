#include "eval/working_account.h"

#include <algorithm>
#include <vector>

namespace pql {
namespace {

// What walking over a rule's connectives costs, in atoms.
constexpr int64_t kWorkOfConnectives = 2;

Value Negated(const Value& condition) {
  return condition.IsMissing() ? condition : Value::Bool(!condition.boolean());
}

}  // namespace

WorkingAccount::WorkingAccount(const RuleCone& cone, const EvaluationInput& input)
    : cone_(cone),
      account_(cone.rule_set()),
      input_(input),
      item_is_new_(cone.items().size()),
      condition_is_new_(cone.items().size()),
      conditions_(cone.items().size()),
      atom_versions_(cone.atoms().size(), 1),
      atom_known_(cone.atoms().size()),
      atom_values_(cone.atoms().size()),
      work_of_rule_(kWorkOfConnectives + static_cast<int64_t>(cone.atoms().size())) {
  for (const uint32_t metric : cone.metrics()) {
    if (input.account->WasSet(metric)) account_.Set(metric, input.account->Metric(metric));
  }
  input_.account = &account_;
}

void WorkingAccount::Set(uint32_t metric, const Value& value) {
  if (OwnValue(metric) == value) return;
  account_.Set(metric, value);
  landed_ = false;
  std::vector<size_t> changed;
  const auto notify = [&](const RuleCone::Users& users) {
    for (const size_t atom : users.atoms) ++atom_versions_[atom];
    changed.insert(changed.end(), users.items.begin(), users.items.end());
  };
  notify(cone_.UsersOf(metric));
  while (!changed.empty()) {
    const size_t item = changed.back();
    changed.pop_back();
    // What saw the value of an item was told when the item last ceased to be up to date.
    if (!item_is_new_[item] && !condition_is_new_[item]) continue;
    item_is_new_[item] = false;
    condition_is_new_[item] = false;
    notify(cone_.UsersOfItem(item));
  }
}

Value WorkingAccount::OwnValue(uint32_t metric) const {
  return account_.WasSet(metric) ? account_.Metric(metric) : Value::Missing();
}

bool WorkingAccount::Qualifies() {
  work_ += kWorkOfConnectives;
  Land();
  return ConditionAt(cone_.IndexOf({Item::Kind::kRule, cone_.rule()})).IsTrue();
}

bool WorkingAccount::QualifiesIf(uint32_t metric, const Value& value) {
  const Value before = OwnValue(metric);
  Set(metric, value);
  const bool qualifies = Qualifies();
  Set(metric, before);
  return qualifies;
}

// `and` (decisive: false) and `or` (decisive: true): the decisive value where some condition has
// it, else missing where some is, else the other one.
Value WorkingAccount::Join(const std::vector<TypedExpression>& conditions, bool decisive) {
  bool some_missing = false;
  for (const TypedExpression& condition : conditions) {
    const Value value = Find(condition);
    if (value.IsMissing()) {
      some_missing = true;
    } else if (value.boolean() == decisive) {
      return value;
    }
  }
  return some_missing ? Value::Missing() : Value::Bool(!decisive);
}

Value WorkingAccount::AtLeast(const TypedExpression& expression) {
  int is_true = 0;
  int may_be_true = 0;
  for (const TypedExpression& condition : expression.children) {
    const Value value = Find(condition);
    is_true += value.IsTrue() ? 1 : 0;
    may_be_true += value.IsFalse() ? 0 : 1;
  }
  if (is_true >= expression.count) return Value::Bool(true);
  return may_be_true < expression.count ? Value::Bool(false) : Value::Missing();
}

Value WorkingAccount::ValueOf(const TypedExpression& condition) {
  Land();
  return Find(condition);
}

void WorkingAccount::Land() {
  if (landed_) return;
  landed_ = true;
  for (const size_t index : cone_.landings()) {
    if (cone_.IsCondition(index)) ConditionAt(index);
  }
}

Value WorkingAccount::ConditionAt(size_t index) {
  if (!condition_is_new_[index]) {
    const Item item = cone_.items()[index];
    conditions_[index] = item.kind == Item::Kind::kRule
                             ? OutcomeOf(item.index)
                             : Find(cone_.rule_set().defines[item.index].value);
    condition_is_new_[index] = true;
  }
  return conditions_[index];
}

Value WorkingAccount::Find(const TypedExpression& condition) {
  const std::vector<TypedExpression>& children = condition.children;
  if (const std::optional<Item> item = ItemOf(condition)) return ConditionAt(cone_.IndexOf(*item));
  if (condition.kind != TypedExpression::Kind::kOperator) return AtomValue(condition);
  switch (condition.op) {
    case Operator::kNot:
      return Negated(Find(children[0]));
    case Operator::kAnd:
    case Operator::kOr:
      return Join(children, condition.op == Operator::kOr);
    case Operator::kAtLeast:
      return AtLeast(condition);
    case Operator::kIf: {
      const Value chooser = Find(children[0]);
      return chooser.IsMissing() ? chooser : Find(children[chooser.IsTrue() ? 1 : 2]);
    }
    default:
      return AtomValue(condition);
  }
}

bool WorkingAccount::IsActive(const Rule& rule) const {
  return (!rule.active_from.has_value() || *rule.active_from <= input_.now) &&
         (!rule.active_until.has_value() || input_.now < *rule.active_until);
}

bool WorkingAccount::IsKept(uint32_t rule) const {
  return rule < input_.held.size() && input_.held[rule] &&
         cone_.rule_set().rules[rule].keep_while.has_value();
}

Value WorkingAccount::OutcomeOf(uint32_t index) {
  const Rule& rule = cone_.rule_set().rules[index];
  if (!IsActive(rule)) return Value::Bool(false);
  Value outcome = Find(rule.when);
  if (IsKept(index) && !outcome.IsTrue()) {
    const Value keep = Find(*rule.keep_while);
    if (!keep.IsFalse()) outcome = keep;
  }
  if (rule.unless.has_value() && !outcome.IsFalse()) {
    const Value stays = Negated(Find(*rule.unless));
    if (!stays.IsTrue()) outcome = stays;
  }
  return outcome;
}

Value WorkingAccount::AtomValue(const TypedExpression& expression) {
  const Atom& atom = *cone_.FindAtom(&expression);
  const size_t index = IndexOf(atom);
  if (atom_known_[index] != atom_versions_[index]) {
    atom_values_[index] = PartOf(atom, expression);
    atom_known_[index] = atom_versions_[index];
  }
  return atom_values_[index];
}

Value WorkingAccount::PartOf(const Atom& atom, const TypedExpression& part) {
  BringUpToDate(atom.items);
  ++work_;
  return EvaluateExpression(cone_.rule_set(), part, input_, evaluation_).value;
}

void WorkingAccount::BringUpToDate(std::vector<size_t> items) {
  std::vector<size_t> outdated;
  while (!items.empty()) {
    const size_t item = items.back();
    items.pop_back();
    if (item_is_new_[item]) continue;
    item_is_new_[item] = true;  // in a moment
    outdated.push_back(item);
    const std::vector<size_t>& below = cone_.ItemsIn(item);
    items.insert(items.end(), below.begin(), below.end());
  }
  std::sort(outdated.begin(), outdated.end());
  for (const size_t item : outdated) {
    EvaluateItems(cone_.rule_set(), {&cone_.items()[item], 1}, input_, &evaluation_);
    ++work_;
  }
}

}  // namespace pql
