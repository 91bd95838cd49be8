#include "eval/plan/bound_account.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "base/time_text.h"

namespace pql {

MetricLayout::MetricLayout(const CheckedRuleSet& rule_set)
    : texts_(rule_set.metrics.size()), names_(1), options_(rule_set.metrics.size()) {
  kinds_.reserve(rule_set.metrics.size());
  defaults_.reserve(rule_set.metrics.size());
  for (const Metric& metric : rule_set.metrics) {
    if (metric.type.kind() == Type::Kind::kOneOf) {
      const auto index = static_cast<uint32_t>(kinds_.size());
      for (const std::string& option : metric.type.options()) options_.Add(index, option);
    }
    names_.Add(0, metric.name);
    kinds_.push_back(metric.type.kind());
    const bool has_default = metric.default_value.has_value() && !metric.default_value->IsMissing();
    defaults_.push_back(has_default ? &*metric.default_value : nullptr);
  }
}

MetricKey MetricLayout::HighestKey(uint32_t metric) const {
  switch (kinds_[metric]) {
    case Type::Kind::kBool:
      return kTrueKey;
    case Type::Kind::kString:
    case Type::Kind::kOneOf:
      return texts_.Highest(metric);
    default:
      return kHighestKey;
  }
}

void MetricLayout::Seal() {
  default_keys_.resize(size());
  default_payloads_.resize(size());
  for (uint32_t metric = 0; metric < size(); ++metric) {
    if (defaults_[metric] == nullptr) continue;
    default_keys_[metric] = Bind(metric, *defaults_[metric], &default_payloads_[metric]);
  }
}

MetricKey MetricLayout::Bind(uint32_t metric, const Value& value, MetricPayload* payload) const {
  if (value.IsNumber()) return KeyOfNumber(value.number());
  if (value.IsString()) {
    const std::string& text = value.string();
    payload->text = text.data();
    payload->size = text.size();
    return texts_.Find(metric, text);
  }
  if (value.IsBool()) return KeyOfBool(value.boolean());
  if (value.IsTimestamp()) return KeyOfMicros(value.timestamp().micros);
  if (value.IsDuration()) {
    payload->micros = value.duration().micros;
    return KeyOfMicros(payload->micros);
  }
  if (value.IsMissing()) return kMissingKey;
  payload->list = &value;
  return kListKey;
}

BoundAccounts::BoundAccounts(const MetricLayout& layout, size_t count)
    : layout_(&layout), count_(count) {
  keys_.resize(count * layout.size());
  payloads_.resize(count * layout.size());
  for (size_t i = 0; i < count; ++i) (*this)[i].Clear();
}

void BoundAccount::Clear() {
  std::copy(layout_->default_keys_.begin(), layout_->default_keys_.end(), keys_);
  std::copy(layout_->default_payloads_.begin(), layout_->default_payloads_.end(), payloads_);
}

void BoundAccount::Bind(const AccountView& account) {
  for (uint32_t metric = 0; metric < layout_->size(); ++metric) {
    keys_[metric] = layout_->Bind(metric, account.Metric(metric), &payloads_[metric]);
  }
}

void BoundAccount::SetNumber(uint32_t metric, double number) {
  if (!std::isfinite(number)) return Unset(metric);
  keys_[metric] = KeyOfNumber(number);
}

void BoundAccount::SetTime(uint32_t metric, Timestamp time) {
  if (time.micros < kMinTimestampMicros || time.micros > kMaxTimestampMicros) return Unset(metric);
  keys_[metric] = KeyOfMicros(time.micros);
}

}  // namespace pql
