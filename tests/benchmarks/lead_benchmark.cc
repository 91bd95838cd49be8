// R2 and R10 by our engines, and by C++ written by hand, which is the limit.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/strings.h"
#include "benchmark/benchmark.h"
#include "eval/interpreter.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/plan.h"
#include "eval/plan/plan_run.h"
#include "tests/benchmarks/benchmarks.h"
#include "tests/benchmarks/workloads.h"

namespace pql::bench {
namespace {

using ::benchmark::State;

constexpr Timestamp kNow{};

// A rule set of one rule, its plan, and accounts for it.
struct Lead {
  explicit Lead(std::string_view condition)
      : rule_set(CompileOrDie(LeadRuleSetSource(condition))),
        plan(rule_set->checked),
        hot_account(AccountOf(rule_set->checked, HotLead())),
        hot(plan.layout()),
        cold(plan.layout(), kColdLeads) {
    hot[0].Bind(hot_account);
    cold_accounts.reserve(kColdLeads);
    for (size_t i = 0; i < kColdLeads; ++i) {
      cold_accounts.push_back(AccountOf(rule_set->checked, ColdLeads()[i]));
      cold[i].Bind(cold_accounts[i]);
    }
  }

  std::shared_ptr<const RuleSet> rule_set;
  Plan plan;
  Account hot_account;
  BoundAccounts hot;
  std::vector<Account> cold_accounts;
  BoundAccounts cold;
};

Lead& LeadOf(std::string_view condition) {
  static auto& r2 = *new Lead(kR2);
  static auto& r10 = *new Lead(kR10);
  return condition == kR2 ? r2 : r10;
}

void PlanHot(State& state, std::string_view condition) {
  Lead& lead = LeadOf(condition);
  PlanRun run(lead.plan);
  for (auto _ : state) {
    run.Begin(lead.hot[0], kNow);
    benchmark::DoNotOptimize(run.OutcomeOf(0));
  }
}

void PlanCold(State& state, std::string_view condition) {
  Lead& lead = LeadOf(condition);
  PlanRun run(lead.plan);
  size_t next = 0;
  for (auto _ : state) {
    run.Begin(lead.cold[next++ % kColdLeads], kNow);
    benchmark::DoNotOptimize(run.OutcomeOf(0));
  }
}

void PlanBind(State& state, std::string_view condition) {
  Lead& lead = LeadOf(condition);
  BoundAccounts accounts(lead.plan.layout());
  BoundAccount account = accounts[0];
  size_t next = 0;
  for (auto _ : state) {
    account.Bind(lead.cold_accounts[next++ % kColdLeads]);
    benchmark::DoNotOptimize(account.keys());
    benchmark::ClobberMemory();
  }
}

// As a reader of the wire would: by setters, from values that are no Account.
void PlanSet(State& state, std::string_view condition) {
  Lead& lead = LeadOf(condition);
  const CheckedRuleSet& checked = lead.rule_set->checked;
  const uint32_t messages = *checked.FindMetric("messages");
  const uint32_t channels = *checked.FindMetric("channels");
  const uint32_t dau_wau = *checked.FindMetric("dau_wau");
  const uint32_t plan = *checked.FindMetric("plan");
  const uint32_t country = *checked.FindMetric("country");
  const uint32_t industry = *checked.FindMetric("industry");
  const uint32_t integrations = *checked.FindMetric("integrations");
  const uint32_t is_trial = *checked.FindMetric("is_trial");
  const uint32_t email_domain = *checked.FindMetric("email_domain");
  const uint32_t days_since_signup = *checked.FindMetric("days_since_signup");
  BoundAccounts accounts(lead.plan.layout());
  BoundAccount account = accounts[0];
  size_t next = 0;
  for (auto _ : state) {
    const LeadAccount& from = ColdLeads()[next++ % kColdLeads];
    account.Clear();
    account.SetNumber(messages, from.messages);
    account.SetNumber(channels, from.channels);
    account.SetNumber(dau_wau, from.dau_wau);
    account.SetText(plan, from.plan);
    account.SetText(country, from.country);
    account.SetText(industry, from.industry);
    account.SetNumber(integrations, from.integrations);
    account.SetBool(is_trial, from.is_trial);
    account.SetText(email_domain, from.email_domain);
    account.SetNumber(days_since_signup, from.days_since_signup);
    benchmark::DoNotOptimize(account.keys());
    benchmark::ClobberMemory();
  }
}

void InterpreterHot(State& state, std::string_view condition) {
  Lead& lead = LeadOf(condition);
  EvaluationInput input;
  input.account = &lead.hot_account;
  for (auto _ : state) {
    benchmark::DoNotOptimize(Evaluate(lead.rule_set->checked, input).rules[0].outcome);
  }
}

void InterpreterCold(State& state, std::string_view condition) {
  Lead& lead = LeadOf(condition);
  EvaluationInput input;
  size_t next = 0;
  for (auto _ : state) {
    input.account = &lead.cold_accounts[next++ % kColdLeads];
    benchmark::DoNotOptimize(Evaluate(lead.rule_set->checked, input).rules[0].outcome);
  }
}

[[gnu::noinline]] bool HandWrittenR2(const LeadAccount& a) {
  return a.messages >= 2'000 && a.channels > 2;
}

[[gnu::noinline]] bool HandWrittenR10(const LeadAccount& a) {
  return a.messages >= 2'000 && a.channels > 2 && a.dau_wau > 0.4 &&
         (a.plan == "free" || a.plan == "trial" || a.plan == "starter") &&
         (a.country == "US" || a.country == "GB" || a.country == "CA" || a.country == "FR" ||
          a.country == "DE") &&
         a.industry != "education" && (a.integrations >= 2 || a.is_trial) &&
         a.email_domain != "gmail.com" && a.days_since_signup <= 90;
}

using HandWritten = bool (*)(const LeadAccount&);

void HandWrittenHot(State& state, HandWritten rule) {
  LeadAccount lead = HotLead();
  for (auto _ : state) {
    benchmark::DoNotOptimize(lead);  // as if it were another one each time
    benchmark::DoNotOptimize(rule(lead));
  }
}

void HandWrittenCold(State& state, HandWritten rule) {
  const std::vector<LeadAccount>& leads = ColdLeads();
  size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(rule(leads[next++ % kColdLeads]));
}

}  // namespace

void RegisterLeadBenchmarks() {
  struct Rule {
    const char* name;
    std::string_view condition;
    HandWritten hand_written;
  };
  for (const Rule& rule : {Rule{"R2", kR2, HandWrittenR2}, Rule{"R10", kR10, HandWrittenR10}}) {
    const auto add = [&](const char* what, auto function, auto argument) {
      ::benchmark::RegisterBenchmark(
          StrCat(rule.name, "/", what).c_str(),
          [function, argument](State& state) { function(state, argument); });
    };
    add("hot/plan", PlanHot, rule.condition);
    add("hot/hand-written C++", HandWrittenHot, rule.hand_written);
    add("hot/interpreter", InterpreterHot, rule.condition);
    add("cold/plan", PlanCold, rule.condition);
    add("cold/hand-written C++", HandWrittenCold, rule.hand_written);
    add("cold/interpreter", InterpreterCold, rule.condition);
  }
  ::benchmark::RegisterBenchmark("bind/from an Account",
                                 [](State& state) { PlanBind(state, kR10); });
  ::benchmark::RegisterBenchmark("bind/by setters", [](State& state) { PlanSet(state, kR10); });
}

}  // namespace pql::bench
