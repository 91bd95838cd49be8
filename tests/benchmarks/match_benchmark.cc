// One account against many rules: how many qualify.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "benchmark/benchmark.h"
#include "eval/interpreter.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/plan.h"
#include "eval/plan/plan_run.h"
#include "eval/plan/rule_index.h"
#include "tests/benchmarks/benchmarks.h"
#include "tests/benchmarks/workloads.h"

namespace pql::bench {
namespace {

using ::benchmark::State;

constexpr size_t kAccounts = 256;

// A rule set's plan with accounts bound to it.
struct Matching {
  explicit Matching(const RuleSet& rules)
      : rule_set(rules),
        plan(rules.checked),
        accounts(MatchAccounts(rules.checked, kAccounts)),
        bound(plan.layout(), kAccounts),
        sparse(plan.layout(), kAccounts),
        index(plan) {
    for (size_t i = 0; i < kAccounts; ++i) bound[i].Bind(accounts[i]);
    // The same accounts, of which a fifth of the values are not sent.
    sparse_accounts = MatchAccounts(rules.checked, kAccounts, 20);
    for (size_t i = 0; i < kAccounts; ++i) sparse[i].Bind(sparse_accounts[i]);
  }
  const RuleSet& rule_set;
  Plan plan;
  std::vector<Account> accounts;
  BoundAccounts bound;
  std::vector<Account> sparse_accounts;
  BoundAccounts sparse;
  RuleIndex index;
};

Matching& MatchingOf(size_t rules, Breadth breadth) {
  static auto& kept = *new std::map<std::pair<size_t, Breadth>, std::unique_ptr<Matching>>();
  std::unique_ptr<Matching>& matching = kept[{rules, breadth}];
  if (matching == nullptr) matching = std::make_unique<Matching>(MatchRuleSet(rules, breadth));
  return *matching;
}

void CountMatches(State& state, size_t rules, size_t matched) {
  state.counters["matched_percent"] =
      100.0 * static_cast<double>(matched) /
      (static_cast<double>(rules) * static_cast<double>(state.iterations()));
}

void MatchByPlan(State& state, size_t rules, Breadth breadth) {
  Matching& matching = MatchingOf(rules, breadth);
  PlanRun run(matching.plan);
  size_t matched = 0;
  size_t next = 0;
  for (auto _ : state) {
    run.Begin(matching.bound[next++ % kAccounts], Timestamp{});
    for (uint32_t rule = 0; rule < rules; ++rule) {
      matched += run.OutcomeOf(rule) == Outcome::kQualified ? 1 : 0;
    }
  }
  CountMatches(state, rules, matched);
}

void MatchByIndexOf(State& state, Matching* matching, BoundAccounts* accounts, size_t rules) {
  PlanRun run(matching->plan);
  RuleMatcher matcher(matching->index, &run);
  size_t matched = 0;
  size_t unknown = 0;
  size_t next = 0;
  for (auto _ : state) {
    run.Begin((*accounts)[next++ % kAccounts], Timestamp{});
    const Matches matches = matcher.Match();
    matched += matches.qualified.size();
    unknown += matches.unknown.size();
  }
  CountMatches(state, rules, matched);
  state.counters["unknown_percent"] =
      100.0 * static_cast<double>(unknown) /
      (static_cast<double>(rules) * static_cast<double>(state.iterations()));
  state.counters["bytes_a_rule"] =
      static_cast<double>(matching->index.MemoryBytes()) / static_cast<double>(rules);
}

void MatchByIndex(State& state, size_t rules, Breadth breadth) {
  Matching& matching = MatchingOf(rules, breadth);
  MatchByIndexOf(state, &matching, &matching.bound, rules);
}

void MatchByIndexWithMissing(State& state, size_t rules, Breadth breadth) {
  Matching& matching = MatchingOf(rules, breadth);
  MatchByIndexOf(state, &matching, &matching.sparse, rules);
}

void MatchByInterpreter(State& state, size_t rules, Breadth breadth) {
  Matching& matching = MatchingOf(rules, breadth);
  size_t matched = 0;
  size_t next = 0;
  EvaluationInput input;
  for (auto _ : state) {
    input.account = &matching.accounts[next++ % kAccounts];
    for (const RuleResult& rule : Evaluate(matching.rule_set.checked, input).rules) {
      matched += rule.outcome == Outcome::kQualified ? 1 : 0;
    }
  }
  CountMatches(state, rules, matched);
}

}  // namespace

void RegisterMatchBenchmarks() {
  using Function = void (*)(State&, size_t, Breadth);
  const auto add = [](const char* engine, Function function, size_t rules, Breadth breadth) {
    ::benchmark::RegisterBenchmark(
        StrCat("match ", rules, "/", breadth == Breadth::kBroad ? "broad" : "narrow", "/", engine)
            .c_str(),
        [=](State& state) { function(state, rules, breadth); })
        ->Unit(benchmark::kMicrosecond);
  };
  for (const size_t rules : {1'000u, 10'000u, 100'000u}) {
    for (const Breadth breadth : {Breadth::kNarrow, Breadth::kBroad}) {
      add("index", MatchByIndex, rules, breadth);
      add("index, a fifth missing", MatchByIndexWithMissing, rules, breadth);
      add("plan", MatchByPlan, rules, breadth);
      if (rules <= 10'000) add("interpreter", MatchByInterpreter, rules, breadth);
    }
  }
}

}  // namespace pql::bench
