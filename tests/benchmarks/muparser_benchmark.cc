// The same conditions in muParser, which knows numbers only: texts are numbered beforehand, so that
// it has less to do than the others.

#include <muParser.h>

#include <map>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "benchmark/benchmark.h"
#include "tests/benchmarks/benchmarks.h"
#include "tests/benchmarks/workloads.h"

namespace pql::bench {
namespace {

using ::benchmark::State;

double NumberOf(std::string_view text) {
  static auto& numbers = *new std::map<std::string_view, double>();
  return numbers.emplace(text, static_cast<double>(numbers.size())).first->second;
}

std::string AnyOf(std::string_view variable, std::initializer_list<std::string_view> texts) {
  std::string condition;
  for (const std::string_view text : texts) {
    StrAppend(&condition, condition.empty() ? "(" : " || ", variable, " == ", NumberOf(text));
  }
  return condition + ")";
}

std::string ConditionR2() { return "messages >= 2000 && channels > 2"; }
std::string ConditionR10() {
  return StrCat(ConditionR2(), " && dau_wau > 0.4 && ", AnyOf("plan", {"free", "trial", "starter"}),
                " && ", AnyOf("country", {"US", "GB", "CA", "FR", "DE"}),
                " && industry != ", NumberOf("education"),
                " && (integrations >= 2 || is_trial) && email_domain != ", NumberOf("gmail.com"),
                " && days_since_signup <= 90");
}

class Formula {
 public:
  explicit Formula(const std::string& condition) {
    const char* const names[] = {"messages",     "channels",         "dau_wau",      "plan",
                                 "country",      "industry",         "integrations", "is_trial",
                                 "email_domain", "days_since_signup"};
    for (size_t i = 0; i < std::size(names); ++i) parser_.DefineVar(names[i], &variables_[i]);
    parser_.SetExpr(condition);
  }
  void Bind(const double (&values)[10]) { std::copy(values, values + 10, variables_); }
  bool Holds() { return parser_.Eval() != 0; }

 private:
  mu::Parser parser_;
  double variables_[10] = {};
};

struct NumberedLead {
  double values[10];
};

NumberedLead Numbered(const LeadAccount& lead) {
  return {{lead.messages, lead.channels, lead.dau_wau, NumberOf(lead.plan), NumberOf(lead.country),
           NumberOf(lead.industry), lead.integrations, lead.is_trial ? 1.0 : 0.0,
           NumberOf(lead.email_domain), lead.days_since_signup}};
}

void Hot(State& state, const std::string& condition) {
  Formula formula(condition);
  formula.Bind(Numbered(HotLead()).values);
  if (!formula.Holds()) state.SkipWithError("the hot account does not qualify");
  for (auto _ : state) benchmark::DoNotOptimize(formula.Holds());
}

void Cold(State& state, const std::string& condition) {
  Formula formula(condition);
  std::vector<NumberedLead> leads;
  for (const LeadAccount& lead : ColdLeads()) leads.push_back(Numbered(lead));
  size_t next = 0;
  for (auto _ : state) {
    formula.Bind(leads[next++ % kColdLeads].values);
    benchmark::DoNotOptimize(formula.Holds());
  }
}

}  // namespace

void RegisterMuParserBenchmarks() {
  ::benchmark::RegisterBenchmark("R2/hot/muParser",
                                 [](State& state) { Hot(state, ConditionR2()); });
  ::benchmark::RegisterBenchmark("R10/hot/muParser",
                                 [](State& state) { Hot(state, ConditionR10()); });
  ::benchmark::RegisterBenchmark("R2/cold/muParser",
                                 [](State& state) { Cold(state, ConditionR2()); });
  ::benchmark::RegisterBenchmark("R10/cold/muParser",
                                 [](State& state) { Cold(state, ConditionR10()); });
}

}  // namespace pql::bench
