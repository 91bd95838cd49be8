// The state of all rule sets at one moment.  Immutable once published: a request takes one and
// keeps it to its end.  Thread-safe.

#ifndef PQL_ENGINE_SNAPSHOT_H_
#define PQL_ENGINE_SNAPSHOT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/shared_list.h"
#include "diagnostics/diagnostic.h"
#include "engine/rule_content.h"
#include "engine/rule_set_telemetry.h"
#include "ruleset/rule_set.h"
#include "store/rule_store.h"

namespace pql {

// A newer version of a rule set that is not in force, and why.
struct LoadFailure {
  absl::Time time;                           // when it was tried
  std::string digest;                        // empty: it could not be read
  std::string error;                         // why not; empty: it could, see `diagnostics`
  std::shared_ptr<const RuleSet> rule_set;   // its sources; null: it could not be read
  RuleContent content = {};                  // what it was compiled from
  std::vector<bool> api_managed = {};        // by file of rule_set
  std::vector<Diagnostic> diagnostics = {};  // into rule_set->sources
  size_t dropped = 0;                        // findings beyond those
};

// One rule set.
struct RuleSetState {
  std::string id;
  std::shared_ptr<const RuleSet> rule_set;  // in force; null: no version ever compiled
  RuleContent content;                      // what it was compiled from
  std::vector<bool> api_managed;            // by file of rule_set: not from the rules directory
  int64_t revision = 0;                     // of it: 1 or more; 0 when there is none
  std::shared_ptr<const StoredRevision> record;  // how it came about, without sources
  absl::Time load_time;                          // when it came into force
  std::vector<Diagnostic> diagnostics;           // warnings and hints about it
  size_t dropped_diagnostics = 0;                // beyond those
  SharedList<RuleOrigin> rule_origins;           // by rule: what made it what it is
  RuleOrigin api_origin;                       // the last change through the API; revision 0: none
  std::shared_ptr<const LoadFailure> failure;  // null: what is in force is the newest
  std::shared_ptr<RevisionTelemetry> telemetry;  // of its evaluations; null without a rule_set
};

struct Snapshot {
  std::map<std::string, std::shared_ptr<const RuleSetState>, std::less<>> rule_sets;

  // Null when there is none of that id.
  const RuleSetState* Find(std::string_view id) const {
    const auto found = rule_sets.find(id);
    return found == rule_sets.end() ? nullptr : found->second.get();
  }
  std::shared_ptr<const RuleSetState> Share(std::string_view id) const {
    const auto found = rule_sets.find(id);
    return found == rule_sets.end() ? nullptr : found->second;
  }
};

}  // namespace pql

#endif  // PQL_ENGINE_SNAPSHOT_H_
