// Linting rule sets of many rules, compiled before: the goal is 10,000 rules in 2 seconds on one
// core.

#include <memory>
#include <random>
#include <string>

#include "base/strings.h"
#include "benchmark/benchmark.h"
#include "lint/linter.h"
#include "tests/benchmarks/workloads.h"

namespace pql::bench {
namespace {

constexpr int kMetrics = 30;
constexpr int kSharedMetrics = 5;
constexpr int64_t kNow = 1'773'144'000'000'000;

// Rules of four conditions, a line each (CompileOrDie may cut between lines), a half of them for
// the stage `pql`, each with an owner, a title and a plan to leave out: what every check has to
// look at.
std::string LeadRules(int rules) {
  std::minstd_rand random(20'260'310);
  std::string text =
      "stages mql < pql < customer\nmetric plan: one of (\"free\", \"pro\") kind billing\n";
  for (int i = 0; i < kMetrics; ++i) {
    StrAppend(&text, "metric usage_", i, ": number default 0 kind ",
              i % kSharedMetrics == 0 ? "marketing" : "product", "\n");
  }
  text += "rule paying { stage customer when plan == \"pro\" }\n";
  for (int i = 0; i < rules; ++i) {
    StrAppend(&text, "rule r", i, " { title \"Rule ", i, "\" owner \"ops@example.com\"", " stage ",
              i % 2 == 0 ? "pql" : "mql", " when ");
    for (int part = 0; part < 4; ++part) {
      StrAppend(&text, part == 0 ? "" : " and ", "usage_", random() % kMetrics,
                random() % 4 == 0 ? " < " : " >= ", random() % 5000 + 1);
    }
    text += " unless paying }\n";
  }
  return text;
}

void LintAll(::benchmark::State& state, const RuleSet& rule_set) {
  LintOptions options;
  options.now = Timestamp{kNow};
  size_t findings = 0;
  for (auto _ : state) {
    const LintResult result = Lint(rule_set, options);
    findings = result.diagnostics.size() + result.dropped;
  }
  state.counters["findings"] = static_cast<double>(findings);
}

void LintLeads(::benchmark::State& state) {
  const auto rule_set = CompileOrDie(LeadRules(static_cast<int>(state.range(0))));
  LintAll(state, *rule_set);
}
BENCHMARK(LintLeads)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

void LintMatch(::benchmark::State& state) {
  LintAll(state, MatchRuleSet(static_cast<size_t>(state.range(0)), Breadth::kBroad));
}
BENCHMARK(LintMatch)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pql::bench

BENCHMARK_MAIN();
