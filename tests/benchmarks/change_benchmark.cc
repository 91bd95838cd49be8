// One rule of many is changed through the engine: until an evaluation is answered by the new rule.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "benchmark/benchmark.h"
#include "engine/engine.h"
#include "engine/evaluation.h"
#include "engine/rule_changes.h"
#include "store/open_rule_store.h"
#include "tests/benchmarks/benchmarks.h"
#include "tests/benchmarks/workloads.h"

namespace pql::bench {
namespace {

using ::benchmark::State;

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  std::abort();
}

// The metrics in one file and each rule in its own, as rules that callers create are.
std::vector<SourceText> OneFileARule(std::string_view source) {
  std::vector<SourceText> files = {{"metrics.pql", ""}};
  while (!source.empty()) {
    const size_t size = std::min(source.size(), source.find('\n') + 1);
    const std::string_view line = source.substr(0, size);
    source.remove_prefix(size);
    if (line.starts_with("rule ")) {
      const std::string_view name = line.substr(5, line.find(' ', 5) - 5);
      files.push_back({StrCat("rules/", name, ".pql"), std::string(line)});
    } else {
      files[0].text += line;
    }
  }
  return files;
}

// A place for a rule store, removed with everything in it.
class Directory {
 public:
  Directory() : path_(std::filesystem::temp_directory_path() / "pql_benchmark_XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) Must(absl::InternalError("no temporary directory"));
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A server's engine without the server.
class Changes {
 public:
  Changes(size_t rules, const std::string& store)
      : engine_(LimitsFor(), &Clock::System(), FunctionRegistry::Builtin(),
                OpenRuleStore(store, &Clock::System()).value()) {
    const auto files = OneFileARule(MatchRuleSetSource(rules, Breadth::kBroad));
    Must(ApplyRuleSet(&engine_, Frame(), files).status);
  }

  // One that every account meets, or none; then there is an account that sees it.
  void Update(bool holds) {
    RuleChange change{
        .rule = "r7", .fields = {.when = holds ? "number0 >= 0" : "number0 < 0"}, .mask = {"when"}};
    Must(UpdateRule(&engine_, Frame(), change).status);
    Expect(holds);
  }
  void Create() {
    Must(CreateRule(&engine_, Frame(), {.rule = "r7_new", .fields = {.when = "number0 >= 0"}})
             .status);
    Expect(true, "r7_new");
  }
  void Delete() { Must(DeleteRule(&engine_, Frame(), "r7_new", "").status); }

 private:
  static Limits LimitsFor() {
    Limits limits;
    limits.max_rules = 200'000;
    limits.max_source_bytes = 64 << 20;
    limits.max_source_files = 200'000;
    return limits;
  }
  static ChangeFrame Frame() {
    return {.rule_set = "many", .encode = [](const ChangeResult&) { return std::string(); }};
  }
  void Expect(bool holds, const std::string& rule = "r7") {
    const auto session = EvaluationSession::Begin(engine_.rule_sets().snapshot(),
                                                  {.rule_set = "many"}, engine_.clock())
                             .value();
    Account account(session.checked());
    account.Set(*session.checked().FindMetric("number0"), Value::Number(1));
    const auto result = session.RunInDetail(account, {}, [] { return absl::OkStatus(); }).value();
    const auto seen =
        std::any_of(result.rules.begin(), result.rules.end(), [&](const ReportedRule& reported) {
          return session.checked().rules[reported.rule].name == rule;
        });
    if (seen != holds) Must(absl::InternalError("an evaluation is not by the new rule"));
  }

  Engine engine_;
};

void ChangeOne(State& state, size_t rules, bool durable) {
  const Directory directory;
  Changes changes(rules, durable ? StrCat("sqlite:", directory.path(), "/rules.db") : "memory");
  bool holds = true;
  for (auto _ : state) {
    changes.Update(holds);
    holds = !holds;
  }
}

void AddOne(State& state, size_t rules) {
  Changes changes(rules, "memory");
  for (auto _ : state) {
    changes.Create();
    state.PauseTiming();
    changes.Delete();
    state.ResumeTiming();
  }
}

}  // namespace

void RegisterChangeBenchmarks() {
  const auto add = [](const std::string& name, const auto& function) {
    ::benchmark::RegisterBenchmark(name.c_str(), function)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  };
  for (const size_t rules : {1'000u, 10'000u, 100'000u}) {
    add(StrCat("change one of ", rules, "/memory"),
        [=](State& state) { ChangeOne(state, rules, false); });
    add(StrCat("change one of ", rules, "/sqlite"),
        [=](State& state) { ChangeOne(state, rules, true); });
    add(StrCat("add one to ", rules, "/memory"), [=](State& state) { AddOne(state, rules); });
  }
}

}  // namespace pql::bench
