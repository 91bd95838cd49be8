#include "eval/columns/row_binder.h"

namespace pql {

RowBinder::RowBinder(const Plan& plan, const AccountColumns& accounts)
    : plan_(plan), accounts_(accounts), values_(plan.layout().size()) {
  for (const MetricValues& values : accounts.metrics) values_[values.metric] = &values;
  if (!accounts.held.empty()) held_.resize(plan.rule_set().rules.size());
}

void RowBinder::BindOne(const MetricValues& values, size_t row, BoundAccount* account) const {
  const uint32_t metric = values.metric;
  if (values.presence != nullptr && !BitAt(values.presence, row)) return account->Unset(metric);
  switch (plan_.layout().KindOf(metric)) {
    case Type::Kind::kUnknown:
      return;
    case Type::Kind::kNumber:
      return account->SetNumber(metric, values.numbers[row]);
    case Type::Kind::kBool:
      return account->SetBool(metric, BitAt(values.bools, row));
    case Type::Kind::kString:
    case Type::Kind::kOneOf:
      return account->SetText(metric,
                              values.texts[values.codes == nullptr ? row : values.codes[row]]);
    case Type::Kind::kTimestamp:
      return account->SetTime(metric, {values.micros[row]});
    case Type::Kind::kDuration:
      return account->SetSpan(metric, {values.micros[row]});
    case Type::Kind::kNumberList:
    case Type::Kind::kStringList:
      return account->SetList(metric, &values.lists[row]);
  }
}

void RowBinder::Bind(size_t row, std::span<const uint32_t> metrics, BoundAccount* account) const {
  for (const uint32_t metric : metrics) {
    if (values_[metric] != nullptr) BindOne(*values_[metric], row, account);
  }
}

void RowBinder::Bind(size_t row, BoundAccount* account) const {
  for (const MetricValues& values : accounts_.metrics) BindOne(values, row, account);
}

const std::vector<bool>& RowBinder::HeldBy(size_t row) {
  for (const HeldRows& held : accounts_.held) {
    held_[held.rule] = held.rows == nullptr || BitAt(held.rows, row);
  }
  return held_;
}

}  // namespace pql
