// An account made ready for one compiled plan: a key and, where a key can't hold the value, the
// value itself, for each metric.  Bound once, evaluated against any number of rules.
//
// Belongs to the plan whose layout it was made with, which must outlive it.  Texts and lists are
// not copied: what they are set from must outlive the binding's use.  Thread-compatible.

#ifndef PQL_EVAL_PLAN_BOUND_ACCOUNT_H_
#define PQL_EVAL_PLAN_BOUND_ACCOUNT_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "eval/interpreter.h"
#include "eval/plan/metric_key.h"
#include "eval/plan/text_keys.h"
#include "language/type.h"
#include "language/value.h"

namespace pql {

// What a key can't hold.
struct MetricPayload {
  union {
    const char* text;    // of a text: its bytes
    const Value* list;   // of a list
    int64_t micros = 0;  // of a duration
  };
  size_t size = 0;  // of a text, in bytes
};

// What a plan knows of its metrics: built while the plan is compiled, then shared by all accounts
// bound to it.
class MetricLayout {
 public:
  // Keeps references to the defaults in `rule_set`.
  explicit MetricLayout(const CheckedRuleSet& rule_set);

  size_t size() const { return kinds_.size(); }
  Type::Kind KindOf(uint32_t metric) const { return kinds_[metric]; }
  bool HasDefault(uint32_t metric) const { return defaults_[metric] != nullptr; }
  const TextKeys& texts() const { return texts_; }
  // Highest key that a value of the metric can have.
  MetricKey HighestKey(uint32_t metric) const;

  MetricKey AddText(uint32_t metric, std::string_view text) { return texts_.Add(metric, text); }
  // To be called once, after the last AddText.
  void Seal();

 private:
  friend class BoundAccount;

  MetricKey Bind(uint32_t metric, const Value& value, MetricPayload* payload) const;

  std::vector<Type::Kind> kinds_;
  std::vector<const Value*> defaults_;  // null: none
  TextKeys texts_;
  // An account for which nothing was sent.
  std::vector<MetricKey> default_keys_;
  std::vector<MetricPayload> default_payloads_;
};

class BoundAccount {
 public:
  // Nothing is set: every metric has its default or is missing.  REQUIRES: a sealed layout.
  explicit BoundAccount(const MetricLayout& layout)
      : layout_(&layout), keys_(layout.default_keys_), payloads_(layout.default_payloads_) {}

  // Back to where nothing is set.
  void Clear();
  // Every metric as the view has it, whose values must outlive the binding's use.
  void Bind(const AccountView& account);

  // By index of CheckedRuleSet::metrics.  A number that is not finite and a time outside of the
  // years 1 to 9999 are as if not sent.  REQUIRES: the metric is of that type.
  void SetNumber(uint32_t metric, double number);
  void SetBool(uint32_t metric, bool boolean) { keys_[metric] = KeyOfBool(boolean); }
  void SetText(uint32_t metric, std::string_view text) {
    keys_[metric] = layout_->texts_.Find(metric, text);
    payloads_[metric].text = text.data();
    payloads_[metric].size = text.size();
  }
  void SetTime(uint32_t metric, Timestamp time);
  void SetSpan(uint32_t metric, Duration span) {
    keys_[metric] = KeyOfMicros(span.micros);
    payloads_[metric].micros = span.micros;
  }
  void SetList(uint32_t metric, const Value* list) {
    keys_[metric] = kListKey;
    payloads_[metric].list = list;
  }
  // Brings the default back, as Account::Set does.
  void Unset(uint32_t metric) {
    keys_[metric] = layout_->default_keys_[metric];
    payloads_[metric] = layout_->default_payloads_[metric];
  }

  const MetricKey* keys() const { return keys_.data(); }
  const MetricPayload& payload(uint32_t metric) const { return payloads_[metric]; }

 private:
  const MetricLayout* layout_;
  std::vector<MetricKey> keys_;
  std::vector<MetricPayload> payloads_;
};

}  // namespace pql

#endif  // PQL_EVAL_PLAN_BOUND_ACCOUNT_H_
