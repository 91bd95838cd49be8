// An account made ready for one compiled plan: a key and, where a key can't hold the value, the
// value itself, for each metric.  Bound once, evaluated against any number of rules.
//
// Accounts belong to the plan whose layout they were made with, which must outlive them.  Texts and
// lists are not copied: what they are set from must outlive the binding's use.  Thread-compatible.

#ifndef PQL_EVAL_PLAN_BOUND_ACCOUNT_H_
#define PQL_EVAL_PLAN_BOUND_ACCOUNT_H_

#include <cstdint>
#include <optional>
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
  // Keeps references to the names, options and defaults in `rule_set`.
  explicit MetricLayout(const CheckedRuleSet& rule_set);
  // With the keys of `before`, to which more may be added.  REQUIRES: the metrics are the same.
  MetricLayout(const MetricLayout& before, const CheckedRuleSet& rule_set)
      : MetricLayout(rule_set) {
    texts_ = before.texts_;
  }
  MetricLayout(const MetricLayout&) = delete;
  MetricLayout& operator=(const MetricLayout&) = delete;

  size_t size() const { return kinds_.size(); }
  Type::Kind KindOf(uint32_t metric) const { return kinds_[metric]; }
  bool HasDefault(uint32_t metric) const { return defaults_[metric] != nullptr; }
  const TextKeys& texts() const { return texts_; }
  // Index of the metric of that name; the name must be in Unicode normal form C.
  std::optional<uint32_t> Find(std::string_view name) const {
    const MetricKey key = names_.Find(0, name);
    if (key == kUnnamedTextKey) return std::nullopt;
    return static_cast<uint32_t>(key - kFirstNamedTextKey);
  }
  // Whether a metric of type `one of` has the option.
  bool IsOption(uint32_t metric, std::string_view text) const {
    return options_.Find(metric, text) != kUnnamedTextKey;
  }
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
  TextKeys names_;    // of the metrics, by index, as if they were texts of one metric
  TextKeys options_;  // of those of type `one of`
  // An account for which nothing was sent.
  std::vector<MetricKey> default_keys_;
  std::vector<MetricPayload> default_payloads_;
};

// One account of a BoundAccounts: a view, whose copies are the same account.
class BoundAccount {
 public:
  // Back to where nothing is set: every metric has its default or is missing.
  void Clear();
  // Every metric as the view has it, whose values must outlive the binding's use.
  void Bind(const AccountView& account);

  // By index of CheckedRuleSet::metrics.  A number that is not finite and a time outside of the
  // years 1 to 9999 are as if not sent.  REQUIRES: the metric is of that type.
  void SetNumber(uint32_t metric, double number);
  void SetBool(uint32_t metric, bool boolean) { keys_[metric] = KeyOfBool(boolean); }
  void SetText(uint32_t metric, std::string_view text) {
    SetText(metric, text, layout_->texts_.Find(metric, text));
  }
  // REQUIRES: the key that the metric got from the same text before.
  void SetText(uint32_t metric, std::string_view text, MetricKey key) {
    keys_[metric] = key;
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

  const MetricKey* keys() const { return keys_; }
  const MetricPayload* payloads() const { return payloads_; }

 private:
  friend class BoundAccounts;
  BoundAccount(const MetricLayout* layout, MetricKey* keys, MetricPayload* payloads)
      : layout_(layout), keys_(keys), payloads_(payloads) {}

  const MetricLayout* layout_;
  MetricKey* keys_;
  MetricPayload* payloads_;
};

// Accounts next to each other in memory, to be bound, evaluated and bound anew.
class BoundAccounts {
 public:
  // Nothing is set in any of them.  REQUIRES: a sealed layout.
  explicit BoundAccounts(const MetricLayout& layout, size_t count = 1);

  size_t size() const { return count_; }
  BoundAccount operator[](size_t i) {
    const size_t first = i * layout_->size();
    return BoundAccount(layout_, keys_.data() + first, payloads_.data() + first);
  }

 private:
  const MetricLayout* layout_;
  size_t count_;
  std::vector<MetricKey> keys_;
  std::vector<MetricPayload> payloads_;
};

}  // namespace pql

#endif  // PQL_EVAL_PLAN_BOUND_ACCOUNT_H_
