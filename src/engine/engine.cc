#include "engine/engine.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace pql {
namespace {

CompileOptions CompileOptionsOf(const Limits& limits,
                                std::shared_ptr<const FunctionRegistry> functions) {
  CompileOptions options;
  options.functions = std::move(functions);
  options.max_total_bytes = limits.max_source_bytes;
  options.parse.max_bytes = std::min(options.parse.max_bytes, limits.max_source_bytes);
  options.check.max_rules = limits.max_rules;
  return options;
}

}  // namespace

Engine::Engine(const Limits& limits, const Clock* clock,
               std::shared_ptr<const FunctionRegistry> functions)
    : limits_(limits),
      clock_(clock),
      compile_options_(CompileOptionsOf(limits, std::move(functions))),
      rule_sets_(compile_options_, clock),
      admission_(limits.max_in_flight),
      compile_workers_(1, limits.max_queued_jobs),
      batch_workers_(std::max(1U, std::thread::hardware_concurrency()), limits.max_queued_jobs) {}

}  // namespace pql
