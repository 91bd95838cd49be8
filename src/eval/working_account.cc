#include "eval/working_account.h"

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
  for (const size_t item : cone_.ItemsThatUse(metric)) item_is_new_[item] = false;
  for (const size_t atom : cone_.AtomsThatUse(metric)) ++atom_versions_[atom];
}

Value WorkingAccount::OwnValue(uint32_t metric) const {
  return account_.WasSet(metric) ? account_.Metric(metric) : Value::Missing();
}

bool WorkingAccount::Qualifies() {
  work_ += kWorkOfConnectives;
  return OutcomeOf(cone_.rule()).IsTrue();
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
    const Value value = ValueOf(condition);
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
    const Value value = ValueOf(condition);
    is_true += value.IsTrue() ? 1 : 0;
    may_be_true += value.IsFalse() ? 0 : 1;
  }
  if (is_true >= expression.count) return Value::Bool(true);
  return may_be_true < expression.count ? Value::Bool(false) : Value::Missing();
}

Value WorkingAccount::ValueOf(const TypedExpression& condition) {
  const std::vector<TypedExpression>& children = condition.children;
  switch (condition.kind) {
    case TypedExpression::Kind::kDefine:
      return ValueOf(cone_.rule_set().defines[condition.index].value);
    case TypedExpression::Kind::kRule:
      return OutcomeOf(condition.index);
    case TypedExpression::Kind::kOperator:
      break;
    default:
      return AtomValue(condition);
  }
  switch (condition.op) {
    case Operator::kNot:
      return Negated(ValueOf(children[0]));
    case Operator::kAnd:
    case Operator::kOr:
      return Join(children, condition.op == Operator::kOr);
    case Operator::kAtLeast:
      return AtLeast(condition);
    case Operator::kIf: {
      const Value chooser = ValueOf(children[0]);
      return chooser.IsMissing() ? chooser : ValueOf(children[chooser.IsTrue() ? 1 : 2]);
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
  Value outcome = ValueOf(rule.when);
  if (IsKept(index) && !outcome.IsTrue()) {
    const Value keep = ValueOf(*rule.keep_while);
    if (!keep.IsFalse()) outcome = keep;
  }
  if (rule.unless.has_value() && !outcome.IsFalse()) {
    const Value stays = Negated(ValueOf(*rule.unless));
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
  for (const size_t index : atom.items) {
    if (item_is_new_[index]) continue;
    EvaluateItems(cone_.rule_set(), {&cone_.items()[index], 1}, input_, &evaluation_);
    item_is_new_[index] = true;
    ++work_;
  }
  ++work_;
  return EvaluateExpression(cone_.rule_set(), part, input_, evaluation_).value;
}

}  // namespace pql
