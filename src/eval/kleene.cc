#include "eval/kleene.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "language/value.h"

namespace pql {
namespace {

// The metrics that could make a set of missing parts turn one way, and how many of them can.
struct Turnable {
  int parts = 0;
  UnionOfMany metrics;

  void Add(const MissingMetrics& deciders) {
    if (deciders.empty()) return;
    ++parts;
    metrics.Add(deciders);
  }
  MissingMetrics IfAtLeast(int needed) && {
    return parts >= needed ? std::move(metrics).Take() : MissingMetrics();
  }
};

// Whether a branch of an `if` is, or could become, `outcome`; present when it is no condition.
bool CanBe(const Result& branch, bool outcome) {
  if (branch.value.IsBool()) return branch.value.boolean() == outcome;
  if (!branch.value.IsMissing()) return true;
  return outcome ? !branch.deciders.to_true.empty() : !branch.deciders.to_false.empty();
}

// The condition's metrics that could make `if` be `outcome`.
MissingMetrics ChoiceDeciders(const Deciders& condition, const Result& a, const Result& b,
                              bool outcome) {
  return Union(CanBe(a, outcome) ? condition.to_true : MissingMetrics(),
               CanBe(b, outcome) ? condition.to_false : MissingMetrics());
}

}  // namespace

MissingMetrics Union(const MissingMetrics& a, const MissingMetrics& b) {
  MissingMetrics both;
  both.reserve(a.size() + b.size());
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

void UnionOfMany::Add(const MissingMetrics& metrics) {
  metrics_.insert(metrics_.end(), metrics.begin(), metrics.end());
  if (metrics_.size() < is_worthwhile_) return;
  SortOnce();
  is_worthwhile_ = std::max(is_worthwhile_, 2 * metrics_.size());
}

MissingMetrics UnionOfMany::Take() && {
  SortOnce();
  return std::move(metrics_);
}

void UnionOfMany::SortOnce() {
  std::sort(metrics_.begin(), metrics_.end());
  metrics_.erase(std::unique(metrics_.begin(), metrics_.end()), metrics_.end());
}

Result PresentResult(Value value) { return {.value = std::move(value)}; }

Result MissingResult(MissingMetrics missing) {
  Deciders deciders = {.to_true = missing, .to_false = missing};
  return {.missing = std::move(missing), .deciders = std::move(deciders)};
}

Result MissingCondition(Deciders deciders) {
  MissingMetrics missing = Union(deciders.to_true, deciders.to_false);
  return {.missing = std::move(missing), .deciders = std::move(deciders)};
}

Result Not(const Result& a) {
  if (!a.value.IsMissing()) return PresentResult(Value::Bool(!a.value.boolean()));
  return MissingCondition({.to_true = a.deciders.to_false, .to_false = a.deciders.to_true});
}

Result And(std::span<const Result> parts) { return AtLeast(static_cast<int>(parts.size()), parts); }

Result Or(std::span<const Result> parts) { return AtLeast(1, parts); }

Result AtLeast(int count, std::span<const Result> parts) {
  int trues = 0;
  int missing = 0;
  Turnable to_true;
  Turnable to_false;
  for (const Result& part : parts) {
    if (part.value.IsTrue()) ++trues;
    if (!part.value.IsMissing()) continue;
    ++missing;
    to_true.Add(part.deciders.to_true);
    to_false.Add(part.deciders.to_false);
  }
  if (trues >= count) return PresentResult(Value::Bool(true));
  if (trues + missing < count) return PresentResult(Value::Bool(false));
  const int trues_needed = count - trues;
  const int falses_needed = missing - trues_needed + 1;
  return MissingCondition({.to_true = std::move(to_true).IfAtLeast(trues_needed),
                           .to_false = std::move(to_false).IfAtLeast(falses_needed)});
}

Result Choose(const Result& condition, const Result& a, const Result& b) {
  if (condition.value.IsTrue()) return a;
  if (condition.value.IsFalse()) return b;
  return MissingCondition({.to_true = ChoiceDeciders(condition.deciders, a, b, true),
                           .to_false = ChoiceDeciders(condition.deciders, a, b, false)});
}

Result FirstPresent(std::span<const Result> parts) {
  UnionOfMany to_true;
  UnionOfMany to_false;
  for (const Result& part : parts) {
    if (!part.value.IsMissing()) return part;
    to_true.Add(part.deciders.to_true);
    to_false.Add(part.deciders.to_false);
  }
  return MissingCondition(
      {.to_true = std::move(to_true).Take(), .to_false = std::move(to_false).Take()});
}

Result MissingOperand(std::span<const Result> operands, bool hopeless) {
  if (hopeless) return MissingResult({});
  UnionOfMany missing;
  for (const Result& operand : operands) {
    if (!operand.value.IsMissing()) continue;
    if (operand.missing.empty()) return MissingResult({});
    missing.Add(operand.missing);
  }
  return MissingResult(std::move(missing).Take());
}

}  // namespace pql
