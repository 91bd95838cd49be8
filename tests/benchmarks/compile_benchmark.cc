// From text to plan: one rule, and rule sets of many.

#include <string>
#include <string_view>
#include <vector>

#include "base/strings.h"
#include "benchmark/benchmark.h"
#include "eval/plan/plan.h"
#include "eval/plan/rule_index.h"
#include "tests/benchmarks/benchmarks.h"
#include "tests/benchmarks/workloads.h"

namespace pql::bench {
namespace {

using ::benchmark::State;

void CompilePlan(State& state, std::string_view condition) {
  const auto rule_set = CompileOrDie(LeadRuleSetSource(condition));
  for (auto _ : state) {
    const Plan plan(rule_set->checked);
    benchmark::DoNotOptimize(&plan);
  }
}

void ParseAndCheck(State& state, size_t rules) {
  const std::vector<SourceText> sources = SourcesOf(MatchRuleSetSource(rules, Breadth::kBroad));
  for (auto _ : state) {
    const CompileResult result = CompileRuleSet("benchmark", sources);
    if (!result.ok()) state.SkipWithError("the rules have findings");
  }
}

void CompileMany(State& state, size_t rules) {
  const CheckedRuleSet& checked = MatchRuleSet(rules, Breadth::kBroad).checked;
  size_t bytes = 0;
  for (auto _ : state) {
    const Plan plan(checked);
    bytes = plan.MemoryBytes();
  }
  state.counters["bytes_a_rule"] = static_cast<double>(bytes) / static_cast<double>(rules);
}

void BuildIndex(State& state, size_t rules) {
  const Plan& plan = *MatchRuleSet(rules, Breadth::kBroad).plan;
  for (auto _ : state) {
    const RuleIndex index(plan);
    benchmark::DoNotOptimize(&index);
  }
}

}  // namespace

void RegisterCompileBenchmarks() {
  ::benchmark::RegisterBenchmark("compile/R2", [](State& state) { CompilePlan(state, kR2); });
  ::benchmark::RegisterBenchmark("compile/R10", [](State& state) { CompilePlan(state, kR10); });
  struct Work {
    const char* name;
    void (*function)(State&, size_t);
  };
  for (const size_t rules : {1'000u, 10'000u, 100'000u}) {
    for (const Work& work : {Work{"parse and check", ParseAndCheck}, Work{"compile", CompileMany},
                             Work{"index", BuildIndex}}) {
      ::benchmark::RegisterBenchmark(StrCat("load/", work.name, "/", rules).c_str(),
                                     [=](State& state) { work.function(state, rules); })
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace pql::bench
