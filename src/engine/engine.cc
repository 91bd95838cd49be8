#include "engine/engine.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "engine/measured_rule_store.h"
#include "store/memory_rule_store.h"

namespace pql {
namespace {

CompileOptions CompileOptionsOf(const Limits& limits,
                                std::shared_ptr<const FunctionRegistry> functions) {
  CompileOptions options;
  options.functions = std::move(functions);
  options.max_total_bytes = limits.max_source_bytes;
  options.parse.max_bytes = std::min(limits.max_source_file_bytes, limits.max_source_bytes);
  options.parse.max_tokens = limits.max_source_tokens;
  options.parse.max_depth = static_cast<int>(limits.max_nesting_depth);
  options.check.max_rules = limits.max_rules;
  return options;
}

}  // namespace

Engine::Engine(const Limits& limits, const Clock* clock,
               std::shared_ptr<const FunctionRegistry> functions, std::unique_ptr<RuleStore> store)
    : limits_(limits),
      clock_(clock),
      compile_options_(CompileOptionsOf(limits, std::move(functions))),
      telemetry_(clock, limits.max_counted_rules),
      store_(std::make_unique<MeasuredRuleStore>(
          store != nullptr ? std::move(store) : std::make_unique<MemoryRuleStore>(clock),
          &telemetry_)),
      rule_sets_(compile_options_, clock, store_.get(), &telemetry_, limits),
      admission_(limits.max_in_flight),
      watches_(limits.max_watches, {"watches", "--max-watches",
                                    "as many streams watch rule sets as may; try again later"}),
      streams_(limits.max_streams,
               {"streams of evaluations", "--max-streams",
                "as many streams of evaluations are open as may be; try again later"}),
      compile_workers_(1, limits.max_queued_jobs),
      change_workers_(1, limits.max_queued_jobs),
      history_workers_(1, limits.max_queued_jobs),
      batch_workers_(std::max(1U, std::thread::hardware_concurrency()), limits.max_queued_jobs) {
  // Watches ask whether they may go on.
  access_.SetPolicyListener([this] { rule_sets_.board().CallObservers(); });
}

void Engine::EndWatches() {
  watches_.Drain();
  rule_sets_.board().CallObservers();
}

Engine::~Engine() { store_->StopWatching(); }

}  // namespace pql
