// What answers requests, wired together: the rule sets in force, the bounds, the threads.  The
// services hold a pointer to it and know nothing else; it knows nothing of how they are called.
//
// Thread-safe.

#ifndef PQL_ENGINE_ENGINE_H_
#define PQL_ENGINE_ENGINE_H_

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "engine/access.h"
#include "engine/admission.h"
#include "engine/limits.h"
#include "engine/rule_set_manager.h"
#include "engine/telemetry.h"
#include "engine/worker_pool.h"
#include "language/function_registry.h"
#include "store/rule_store.h"

namespace pql {

class Engine {
 public:
  // `clock` outlives the engine.  Rules are compiled with `functions` and kept in `store`; null: in
  // memory only.
  Engine(const Limits& limits, const Clock* clock,
         std::shared_ptr<const FunctionRegistry> functions = FunctionRegistry::Builtin(),
         std::unique_ptr<RuleStore> store = nullptr);
  // What workers have begun is finished first.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  const Limits& limits() const { return limits_; }
  const Clock& clock() const { return *clock_; }
  const CompileOptions& compile_options() const { return compile_options_; }
  RuleStore& store() { return *store_; }
  const RuleStore& store() const { return *store_; }
  RuleSetManager& rule_sets() { return rule_sets_; }
  const RuleSetManager& rule_sets() const { return rule_sets_; }
  Admission& admission() { return admission_; }
  const Admission& admission() const { return admission_; }
  // Streams that last: counted apart, and told when they are to end.
  Admission& watches() { return watches_; }
  const Admission& watches() const { return watches_; }
  void EndWatches();
  // Streams of evaluations, likewise.
  Admission& streams() { return streams_; }
  const Admission& streams() const { return streams_; }
  // Who may do what; without a policy until one is set.
  AccessControl& access() { return access_; }
  const AccessControl& access() const { return access_; }
  Telemetry& telemetry() { return telemetry_; }
  const Telemetry& telemetry() const { return telemetry_; }
  // For compiling sources that callers send: one thread, for parsing is serialised anyway.
  WorkerPool& compile_workers() { return compile_workers_; }
  // For changes, which wait for the store and for one another: one thread.
  WorkerPool& change_workers() { return change_workers_; }
  // For reading the history, which waits for the store: one thread.
  WorkerPool& history_workers() { return history_workers_; }
  // For batches: a thread a core.
  WorkerPool& batch_workers() { return batch_workers_; }
  // All of them, by what they are for.
  std::array<std::pair<std::string_view, const WorkerPool*>, 4> worker_pools() const {
    return {{{"compile", &compile_workers_},
             {"change", &change_workers_},
             {"history", &history_workers_},
             {"batch", &batch_workers_}}};
  }

 private:
  const Limits limits_;
  const Clock* const clock_;
  const CompileOptions compile_options_;
  Telemetry telemetry_;
  const std::unique_ptr<RuleStore> store_;
  RuleSetManager rule_sets_;
  Admission admission_;
  Admission watches_;
  Admission streams_;
  AccessControl access_;
  WorkerPool compile_workers_;
  WorkerPool change_workers_;
  WorkerPool history_workers_;
  WorkerPool batch_workers_;
};

}  // namespace pql

#endif  // PQL_ENGINE_ENGINE_H_
