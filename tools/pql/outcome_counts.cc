#include "tools/pql/outcome_counts.h"

#include <utility>

namespace pql {

OutcomeCounts::OutcomeCounts(const CheckedRuleSet& rule_set, std::vector<uint32_t> rules)
    : rule_set_(rule_set), rules_(std::move(rules)), counts_(rule_set.rules.size()) {}

void OutcomeCounts::Add(PlanRun* run) {
  ++accounts_;
  for (const uint32_t rule : rules_) {
    const Outcome outcome = run->OutcomeOf(rule);
    counts_[rule].qualified += outcome == Outcome::kQualified ? 1 : 0;
    counts_[rule].unknown += outcome == Outcome::kUnknown ? 1 : 0;
  }
}

void OutcomeCounts::Add(const AccountMatches& matches) {
  ++accounts_;
  for (const uint32_t rule : matches.qualified) ++counts_[rule].qualified;
  for (const uint32_t rule : matches.unknown) ++counts_[rule].unknown;
}

void OutcomeCounts::Add(const AccountColumns& accounts, Timestamp now, ColumnRun* run) {
  accounts_ += accounts.row_count;
  run->Begin(accounts, now);
  for (size_t row = 0; row < accounts.row_count; row += run->chunk_rows()) {
    run->Evaluate(row);
    for (const uint32_t rule : rules_) {
      const OutcomeCount count = run->CountOf(rule);
      counts_[rule].qualified += count.qualified;
      counts_[rule].unknown += count.unknown;
    }
  }
}

void OutcomeCounts::AddTo(OutcomeSummary* summary) const {
  summary->CountAccount(accounts_);
  summary->CountSkipped(skipped_);
  if (accounts_ == 0) return;
  for (const uint32_t rule : rules_) {
    const auto [qualified, unknown] = counts_[rule];
    const auto add = [&](Outcome outcome, uint64_t count) {
      summary->Count(rule_set_.rules[rule].name, OutcomeName(outcome), count);
    };
    add(Outcome::kQualified, qualified);
    add(Outcome::kNotQualified, accounts_ - qualified - unknown);
    add(Outcome::kUnknown, unknown);
  }
}

}  // namespace pql
