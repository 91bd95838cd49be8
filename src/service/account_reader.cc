#include "service/account_reader.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/unicode.h"
#include "pql/v1/account.pb.h"

namespace pql {
namespace {

using google::protobuf::ListValue;
using ProtoValue = google::protobuf::Value;

// Of an entry of a map.
constexpr uint32_t kKeyTag = BytesTag(1);
constexpr uint32_t kValueTag = BytesTag(2);

constexpr uint32_t kNullTag = WireTag(ProtoValue::kNullValueFieldNumber, WireType::kVarint);
constexpr uint32_t kNumberTag = WireTag(ProtoValue::kNumberValueFieldNumber, WireType::kFixed64);
constexpr uint32_t kTextTag = BytesTag(ProtoValue::kStringValueFieldNumber);
constexpr uint32_t kBoolTag = WireTag(ProtoValue::kBoolValueFieldNumber, WireType::kVarint);
constexpr uint32_t kListTag = BytesTag(ProtoValue::kListValueFieldNumber);
constexpr uint32_t kElementTag = BytesTag(ListValue::kValuesFieldNumber);

}  // namespace

AccountReader::AccountReader(const Limits& limits, const Plan& plan)
    : limits_(limits), plan_(plan), seen_(plan.layout().size()) {
  for (const Metric& metric : plan.rule_set().metrics) names_.push_back(metric.name);
}

void AccountReader::Begin() {
  if (++account_number_ == 0) {
    seen_.assign(seen_.size(), 0);
    account_number_ = 1;
  }
  id_ = {};
  held_.clear();
  known_metrics_ = 0;
  unknown_names_.clear();
  lists_.clear();
}

bool AccountReader::Read(std::string_view bytes, bool strict, BoundAccount account) {
  Begin();
  strict_ = strict;
  account_ = &account;
  account.Clear();
  PlainReader in(bytes);
  while (!in.AtEnd()) {
    bool ok = false;
    switch (in.ReadTag()) {
      case BytesTag(v1::Account::kIdFieldNumber):
        ok = in.ReadText(&id_);
        break;
      case BytesTag(v1::Account::kMetricsFieldNumber):
        ok = ReadMetric(&in);
        break;
      case BytesTag(v1::Account::kHeldRulesFieldNumber):
        ok = ReadHeldRule(&in);
        break;
    }
    if (!ok) return false;
  }
  return id_.size() <= limits_.max_string_bytes &&
         known_metrics_ + unknown_names_.size() <= limits_.max_account_metrics;
}

bool AccountReader::ReadHeldRule(PlainReader* in) {
  std::string_view name;
  if (!in->ReadText(&name)) return false;
  const std::optional<uint32_t> rule = plan_.rule_set().FindRule(name);
  if (!rule.has_value()) return true;
  held_.resize(plan_.rule_set().rules.size());
  held_[*rule] = true;
  return true;
}

std::optional<uint32_t> AccountReader::FindMetric(std::string_view name) {
  const size_t place = known_metrics_;
  if (place < order_.size() && names_[order_[place]] == name) return order_[place];
  const std::optional<uint32_t> metric = plan_.layout().Find(name);
  if (!metric.has_value()) return metric;
  if (place == order_.size()) {
    order_.push_back(*metric);
  } else {
    order_[place] = *metric;
  }
  return metric;
}

bool AccountReader::ReadMetric(PlainReader* in) {
  int length = 0;
  if (!in->ReadLength(&length)) return false;
  const int end = in->position() + length;
  std::string_view name;
  if (in->ReadTag() != kKeyTag || !in->ReadBytes(&name) || in->ReadTag() != kValueTag ||
      !in->ReadLength(&length) || in->position() + length != end) {
    return false;
  }
  bool ok = false;
  if (const std::optional<uint32_t> metric = FindMetric(name)) {
    // The last of several values would count.
    if (seen_[*metric] == account_number_) return false;
    seen_[*metric] = account_number_;
    ++known_metrics_;
    ok = length == 0 || ReadValue(in, *metric);
  } else {
    // Another form of the name may be declared.
    if (strict_ || !IsAscii(name) || !unknown_names_.insert(ToAbsl(name)).second) return false;
    ok = length == 0 || ReadUnknownValue(in);
  }
  return ok && in->position() == end;
}

bool AccountReader::ReadValue(PlainReader* in, uint32_t metric) {
  const Type::Kind kind = plan_.layout().KindOf(metric);
  switch (in->ReadTag()) {
    case kNullTag: {
      uint64_t ignored = 0;
      return in->ReadVarint(&ignored);
    }
    case kNumberTag: {
      double number = 0;
      if (kind != Type::Kind::kNumber || !in->ReadDouble(&number) || !std::isfinite(number)) {
        return false;
      }
      account_->SetNumber(metric, number);
      return true;
    }
    case kTextTag: {
      std::string_view text;
      return in->ReadBytes(&text) && text.size() <= limits_.max_string_bytes &&
             SetText(metric, text);
    }
    case kBoolTag: {
      uint64_t boolean = 0;
      if (kind != Type::Kind::kBool || !in->ReadVarint(&boolean)) return false;
      account_->SetBool(metric, boolean != 0);
      return true;
    }
    case kListTag: {
      int length = 0;
      return in->ReadLength(&length) && ReadList(in, in->position() + length) && SetList(metric);
    }
    default:
      return false;
  }
}

// What is one of the options, a time or a span is valid UTF-8 by that.
bool AccountReader::SetText(uint32_t metric, std::string_view text) {
  switch (plan_.layout().KindOf(metric)) {
    case Type::Kind::kString:
      if (!IsUtf8(text)) return false;
      account_->SetText(metric, text);
      return true;
    case Type::Kind::kOneOf:
      if (!plan_.layout().IsOption(metric, text)) return false;
      account_->SetText(metric, text);
      return true;
    case Type::Kind::kTimestamp: {
      const std::optional<int64_t> micros = ParseTimestamp(text);
      if (micros.has_value()) account_->SetTime(metric, {*micros});
      return micros.has_value();
    }
    case Type::Kind::kDuration: {
      const std::optional<int64_t> micros = ParseDuration(text);
      if (micros.has_value()) account_->SetSpan(metric, {*micros});
      return micros.has_value();
    }
    default:
      return false;
  }
}

bool AccountReader::ReadList(PlainReader* in, int end) {
  numbers_.clear();
  texts_.clear();
  while (in->position() < end) {
    int length = 0;
    if (in->ReadTag() != kElementTag || !in->ReadLength(&length)) return false;
    const int element_end = in->position() + length;
    switch (in->ReadTag()) {
      case kNumberTag:
        if (!in->ReadDouble(&numbers_.emplace_back())) return false;
        break;
      case kTextTag: {
        std::string_view text;
        if (!in->ReadText(&text) || text.size() > limits_.max_string_bytes) return false;
        texts_.emplace_back(text);
        break;
      }
      default:
        return false;
    }
    if (in->position() != element_end) return false;
  }
  return in->position() == end && (numbers_.empty() || texts_.empty());
}

bool AccountReader::SetList(uint32_t metric) {
  const Type::Kind kind = plan_.layout().KindOf(metric);
  if (kind == Type::Kind::kNumberList && texts_.empty()) {
    for (double& number : numbers_) {
      if (!std::isfinite(number)) return false;
      if (number == 0) number = 0;  // drops the sign of -0.0
    }
    lists_.push_back(Value::List(numbers_));
  } else if (kind == Type::Kind::kStringList && numbers_.empty()) {
    lists_.push_back(Value::List(texts_));
  } else {
    return false;
  }
  account_->SetList(metric, &lists_.back());
  return true;
}

bool AccountReader::ReadUnknownValue(PlainReader* in) {
  uint64_t ignored = 0;
  double number = 0;
  std::string_view text;
  int length = 0;
  switch (in->ReadTag()) {
    case kNullTag:
    case kBoolTag:
      return in->ReadVarint(&ignored);
    case kNumberTag:
      return in->ReadDouble(&number);
    case kTextTag:
      return in->ReadText(&text);
    case kListTag:
      return in->ReadLength(&length) && ReadList(in, in->position() + length);
    default:
      return false;
  }
}

}  // namespace pql
