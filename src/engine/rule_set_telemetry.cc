#include "engine/rule_set_telemetry.h"

#include <algorithm>
#include <utility>

namespace pql {
namespace {

// As many counts as `places` need, rounded up to whole cache lines.
size_t CopySize(size_t places) {
  constexpr size_t kInLine = kCacheLine / sizeof(uint64_t);
  return (2 * places + kInLine - 1) / kInLine * kInLine;
}

bool TakeFrom(RuleBudget* budget) {
  if (budget->fetch_sub(1, std::memory_order_relaxed) > 0) return true;
  budget->fetch_add(1, std::memory_order_relaxed);
  return false;
}

}  // namespace

RevisionTelemetry::RevisionTelemetry(std::shared_ptr<RuleSetTelemetry> rule_set,
                                     std::vector<uint32_t> places, std::vector<std::string> names)
    : rule_set_(std::move(rule_set)),
      places_(std::move(places)),
      names_(std::move(names)),
      copy_size_(CopySize(names_.size() + 1)),
      counts_(std::make_unique<std::atomic<uint64_t>[]>(kCounterCopies * copy_size_)) {}

RevisionTelemetry::~RevisionTelemetry() { rule_set_->Retire(*this); }

RuleOutcomes RevisionTelemetry::Sum(size_t place) const {
  RuleOutcomes sum;
  for (size_t copy = 0; copy < kCounterCopies; ++copy) {
    const std::atomic<uint64_t>* counts = &counts_[copy * copy_size_ + 2 * place];
    sum.qualified += counts[0].load(std::memory_order_relaxed);
    sum.unknown += counts[1].load(std::memory_order_relaxed);
  }
  return sum;
}

RuleSetTelemetry::RuleSetTelemetry(std::shared_ptr<RuleBudget> budget, const Clock* clock)
    : budget_(std::move(budget)), unknown_metrics_(clock) {}

RuleSetTelemetry::~RuleSetTelemetry() {
  budget_->fetch_add(static_cast<int64_t>(retired_.rules.size()), std::memory_order_relaxed);
}

std::shared_ptr<RevisionTelemetry> RuleSetTelemetry::Begin(const CheckedRuleSet& checked) {
  unknown_metrics_.Forget(
      [&checked](std::string_view name) { return checked.FindMetric(name).has_value(); });
  const std::lock_guard<std::mutex> lock(mutex_);
  // First what is gone, so that what is new has room.
  std::vector<bool> is_known(checked.rules.size());
  for (auto rule = retired_.rules.begin(); rule != retired_.rules.end();) {
    const std::optional<uint32_t> index = checked.FindRule(rule->first);
    if (index.has_value() && checked.rules[*index].mode != RuleMode::kDraft) {
      is_known[*index] = true;
      ++rule;
    } else {
      rule = retired_.rules.erase(rule);
      budget_->fetch_add(1, std::memory_order_relaxed);
    }
  }
  std::vector<uint32_t> places(checked.rules.size(), RevisionTelemetry::kNotCounted);
  std::vector<std::string> names;
  std::vector<uint32_t> others;
  for (uint32_t i = 0; i < checked.rules.size(); ++i) {
    const Rule& rule = checked.rules[i];
    if (rule.mode == RuleMode::kDraft) continue;
    if (!is_known[i]) {
      if (!TakeFrom(budget_.get())) {
        others.push_back(i);
        continue;
      }
      retired_.rules.emplace(rule.name, RuleOutcomes());
    }
    places[i] = static_cast<uint32_t>(names.size());
    names.push_back(rule.name);
  }
  for (const uint32_t rule : others) places[rule] = static_cast<uint32_t>(names.size());
  retired_.has_others = !others.empty();
  if (others.empty()) retired_.others = {};
  std::shared_ptr<RevisionTelemetry> revision(
      new RevisionTelemetry(shared_from_this(), std::move(places), std::move(names)));
  revisions_.push_back(revision.get());
  return revision;
}

void RuleSetTelemetry::AddUp(const RevisionTelemetry& revision, Outcomes* totals) {
  const auto add = [&revision](size_t place, RuleOutcomes* total) {
    const RuleOutcomes sum = revision.Sum(place);
    total->qualified += sum.qualified;
    total->unknown += sum.unknown;
  };
  const size_t count = revision.names_.size();
  for (size_t i = 0; i < count; ++i) {
    const auto total = totals->rules.find(revision.names_[i]);
    if (total != totals->rules.end()) add(i, &total->second);
  }
  if (totals->has_others) add(count, &totals->others);
}

void RuleSetTelemetry::Retire(const RevisionTelemetry& revision) {
  const std::lock_guard<std::mutex> lock(mutex_);
  AddUp(revision, &retired_);
  revisions_.erase(std::find(revisions_.begin(), revisions_.end(), &revision));
}

RuleSetTelemetry::Outcomes RuleSetTelemetry::outcomes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  Outcomes totals = retired_;
  for (const RevisionTelemetry* revision : revisions_) AddUp(*revision, &totals);
  return totals;
}

}  // namespace pql
