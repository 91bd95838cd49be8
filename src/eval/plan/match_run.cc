#include "eval/plan/match_run.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace pql {
namespace {

// More numbers than this are put in order by way of a bit each.
constexpr size_t kMaxSorted = 64;

}  // namespace

MatchRun::MatchRun(const Plan& plan, const RuleIndex* index)
    : plan_(plan), run_(plan), bits_((plan.rule_set().rules.size() + 63) / 64) {
  if (index != nullptr) matcher_.emplace(*index, &run_);
  const CheckedRuleSet& rule_set = plan.rule_set();
  answers_.defines.resize(rule_set.defines.size());
  answers_.scorecards.resize(rule_set.scorecards.size());
  for (const Item item : plan.answer_items()) {
    if (item.kind == Item::Kind::kRule) answers_.rules.resize(rule_set.rules.size());
  }
}

void MatchRun::Begin(const BoundAccount& account, Timestamp now, const std::vector<bool>& held) {
  held_ = held;
  run_.Begin(account, now, held_);
}

const AccountMatches& MatchRun::Match(const BoundAccount& account, Timestamp now,
                                      const std::vector<bool>& held) {
  Begin(account, now, held);
  matches_.qualified.clear();
  matches_.unknown.clear();
  if (matcher_.has_value()) {
    const Matches found = matcher_->Match();
    Sort(found.qualified, &matches_.qualified);
    Sort(found.unknown, &matches_.unknown);
  } else {
    MatchEach();
  }
  uint32_t highest = 0;
  for (const uint32_t rule : matches_.qualified) highest = std::max(highest, plan_.stages_[rule]);
  matches_.stage.reset();
  if (highest > 0) matches_.stage = highest - 1;
  return matches_;
}

void MatchRun::MatchEach() {
  const auto& rules = plan_.rule_set().rules;
  for (uint32_t rule = 0; rule < rules.size(); ++rule) {
    if (rules[rule].mode == RuleMode::kDraft) continue;
    const Outcome outcome = run_.OutcomeOf(rule);
    if (outcome == Outcome::kQualified) matches_.qualified.push_back(rule);
    if (outcome == Outcome::kUnknown) matches_.unknown.push_back(rule);
  }
}

void MatchRun::Sort(std::span<const uint32_t> rules, std::vector<uint32_t>* sorted) {
  if (rules.size() <= kMaxSorted) {
    sorted->assign(rules.begin(), rules.end());
    std::sort(sorted->begin(), sorted->end());
    return;
  }
  for (const uint32_t rule : rules) bits_[rule / 64] |= uint64_t{1} << (rule % 64);
  sorted->resize(rules.size());
  uint32_t* out = sorted->data();
  for (size_t word = 0; word < bits_.size(); ++word) {
    for (uint64_t bits = std::exchange(bits_[word], 0); bits != 0; bits &= bits - 1) {
      *out++ = static_cast<uint32_t>(word * 64) + static_cast<uint32_t>(std::countr_zero(bits));
    }
  }
}

const Evaluation& MatchRun::EvaluateAll(const BoundAccount& account, Timestamp now,
                                        const std::vector<bool>& held) {
  Begin(account, now, held);
  answers_.rules.resize(plan_.rule_set().rules.size());
  run_.EvaluateItems(plan_.rule_set().evaluation_order, &answers_);
  answers_.stage = run_.Stage();
  return answers_;
}

const Evaluation& MatchRun::Answers() {
  run_.EvaluateItems(plan_.answer_items(), &answers_);
  return answers_;
}

std::unique_ptr<MatchRun> MatchRunPool::Take() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<MatchRun> run = std::move(idle_.back());
      idle_.pop_back();
      return run;
    }
  }
  return std::make_unique<MatchRun>(plan_, index_);
}

void MatchRunPool::GiveBack(std::unique_ptr<MatchRun> run) {
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(std::move(run));
}

}  // namespace pql
