// What is measured: rules and accounts, the same for every engine and every run.
//
//   R2     two comparisons
//   R10    ten conditions over ten metrics, as a growth team would write them
//   match  N rules over 30 metrics against one account
//   batch  millions of accounts in columns: R2, R10 and 100 rules of the match workload
//
// Pure functions of their seeds.

#ifndef PQL_TESTS_BENCHMARKS_WORKLOADS_H_
#define PQL_TESTS_BENCHMARKS_WORKLOADS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eval/interpreter.h"
#include "language/checked_rule_set.h"
#include "ruleset/rule_set.h"
#include "tools/pql_load/leads.h"

namespace pql::bench {

inline constexpr std::string_view kR2 = "messages >= 2000 and channels > 2";
inline constexpr std::string_view kR10 =
    "messages >= 2000 and channels > 2 and dau_wau > 0.4 and plan in (\"free\", \"trial\", "
    "\"starter\") and country in (\"US\", \"GB\", \"CA\", \"FR\", \"DE\") and not (industry == "
    "\"education\") and (integrations >= 2 or is_trial) and email_domain != \"gmail.com\" and "
    "days_since_signup <= 90";

// The metrics of a LeadAccount as declarations, for a rule set of R2 or R10.
std::string LeadRuleSetSource(std::string_view condition);
Account AccountOf(const CheckedRuleSet& rule_set, const LeadAccount& lead);

// The accounts of a batch: more than any cache holds.
inline constexpr size_t kBatchLeads = 10'000'000;
inline constexpr size_t kBatchMatches = 2'000'000;  // they have three times as many metrics

// The match workload.
enum class Breadth { kNarrow, kBroad };  // 1% of the rules or fewer match an account, or about 8%
std::string MatchRuleSetSource(size_t rules, Breadth breadth);
// `missing_percent` of the metrics are not sent.
std::vector<Account> MatchAccounts(const CheckedRuleSet& rule_set, size_t count,
                                   int missing_percent = 0);

// The text as files that are not too large; it is cut between lines.
std::vector<SourceText> SourcesOf(std::string_view text);
// Compiles; ends the program with the findings where there are any.
std::shared_ptr<const RuleSet> CompileOrDie(std::string_view source);
// The same for the match workload, kept for every benchmark of the process.
const RuleSet& MatchRuleSet(size_t rules, Breadth breadth);

}  // namespace pql::bench

#endif  // PQL_TESTS_BENCHMARKS_WORKLOADS_H_
