#include "engine/engine.h"

#include <algorithm>
#include <thread>

namespace pql {
namespace {

CompileOptions CompileOptionsOf(const Limits& limits) {
  CompileOptions options;
  options.max_total_bytes = limits.max_source_bytes;
  options.parse.max_bytes = std::min(options.parse.max_bytes, limits.max_source_bytes);
  options.check.max_rules = limits.max_rules;
  return options;
}

}  // namespace

Engine::Engine(const Limits& limits, const Clock* clock)
    : limits_(limits),
      clock_(clock),
      compile_options_(CompileOptionsOf(limits)),
      rule_sets_(compile_options_, clock),
      admission_(limits.max_in_flight),
      compile_workers_(1, limits.max_queued_jobs),
      batch_workers_(std::max(1U, std::thread::hardware_concurrency()), limits.max_queued_jobs) {}

}  // namespace pql
