#include "lint/rule_comparison.h"

#include <utility>

#include "base/strings.h"
#include "lint/account_sampler.h"
#include "lint/reasoning/condition_space.h"

namespace pql {
namespace {

constexpr size_t kBefore = 0;
constexpr size_t kAfter = 1;

class RuleComparer {
 public:
  RuleComparer(const RuleSet& before, const RuleSet& after)
      : sides_{&before.checked, &after.checked},
        space_({&before.checked, &after.checked}),
        probe_(sides_) {}

  RuleComparison Compare(uint32_t before, uint32_t after) {
    RuleComparison result;
    result.rule = sides_[kBefore]->rules[before].name;
    result.notes = Notes(sides_[kBefore]->rules[before], sides_[kAfter]->rules[after]);
    const Condition old = space_.OfRule(kBefore, before);
    const Condition now = space_.OfRule(kAfter, after);
    const bool nobody_leaves = space_.Implies(old, now);
    const bool nobody_enters = space_.Implies(now, old);
    if (!nobody_leaves) result.leaves = FindFirstOnly(old, now);
    if (!nobody_enters) result.enters = FindFirstOnly(now, old);
    if (result.enters && result.leaves) {
      result.shift = RuleShift::kMoved;
    } else if (result.enters) {
      result.shift = RuleShift::kWidened;
      result.is_certain = nobody_leaves;
    } else if (result.leaves) {
      result.shift = RuleShift::kNarrowed;
      result.is_certain = nobody_enters;
    } else if (!nobody_leaves || !nobody_enters) {
      result.shift = RuleShift::kUndecided;
    }
    return result;
  }

 private:
  // An account on which `a` is true and `b` is not.
  std::optional<Witness> FindFirstOnly(const Condition& a, const Condition& b) {
    std::optional<Witness> found = space_.FindFirstOnly(a, b);
    if (found) return found;
    if (!sampler_) sampler_.emplace(sides_);
    return sampler_->Find([&](const Witness& witness) {
      return probe_.Evaluate(a.subject, witness).IsTrue() &&
             !probe_.Evaluate(b.subject, witness).IsTrue();
    });
  }

  std::vector<std::string> Notes(const Rule& before, const Rule& after) const {
    std::vector<std::string> notes;
    const auto note = [&notes](std::string_view what, const std::string& old,
                               const std::string& now) {
      if (old == now) return;
      notes.push_back(old.empty()   ? StrCat(what, " `", now, "` was added")
                      : now.empty() ? StrCat(what, " `", old, "` was taken away")
                                    : StrCat(what, " `", old, "` became `", now, "`"));
    };
    note("stage", StageOf(kBefore, before), StageOf(kAfter, after));
    note("mode", std::string(RuleModeName(before.mode)), std::string(RuleModeName(after.mode)));
    return notes;
  }

  std::string StageOf(size_t side, const Rule& rule) const {
    return rule.stage ? sides_[side]->stages[*rule.stage] : "";
  }

  std::vector<const CheckedRuleSet*> sides_;
  ConditionSpace space_;
  Probe probe_;
  std::optional<AccountSampler> sampler_;
};

RuleComparison OneSided(const Rule& rule, RuleShift shift) {
  RuleComparison result;
  result.rule = rule.name;
  result.shift = shift;
  return result;
}

}  // namespace

std::string_view RuleShiftName(RuleShift shift) {
  switch (shift) {
    case RuleShift::kUnchanged:
      return "unchanged";
    case RuleShift::kWidened:
      return "widened";
    case RuleShift::kNarrowed:
      return "narrowed";
    case RuleShift::kMoved:
      return "moved";
    case RuleShift::kUndecided:
      return "undecided";
    case RuleShift::kAdded:
      return "added";
    case RuleShift::kRemoved:
      return "removed";
  }
  return "";
}

std::vector<RuleComparison> CompareRules(const RuleSet& before, const RuleSet& after) {
  RuleComparer comparer(before, after);
  const SharedList<Rule>& old = before.checked.rules;
  const SharedList<Rule>& now = after.checked.rules;
  std::vector<RuleComparison> results;
  for (uint32_t i = 0, j = 0; i < old.size() || j < now.size();) {
    if (j == now.size() || (i < old.size() && old[i].name < now[j].name)) {
      results.push_back(OneSided(old[i++], RuleShift::kRemoved));
    } else if (i == old.size() || now[j].name < old[i].name) {
      results.push_back(OneSided(now[j++], RuleShift::kAdded));
    } else {
      results.push_back(comparer.Compare(i++, j++));
    }
  }
  return results;
}

}  // namespace pql
