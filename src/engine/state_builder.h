// Makes the state of a rule set out of its sources: compiles them and puts beside the result what
// else is known of it.  Thread-safe.

#ifndef PQL_ENGINE_STATE_BUILDER_H_
#define PQL_ENGINE_STATE_BUILDER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/shared_list.h"
#include "engine/rule_content.h"
#include "engine/snapshot.h"

namespace pql {

// Who made the rules what they are.
using RuleOrigins = SharedList<RuleOrigin>;  // by rule
using RuleOriginsByName = std::map<std::string, RuleOrigin>;

class StateBuilder {
 public:
  // `clock` outlives it.
  StateBuilder(CompileOptions options, const Clock* clock)
      : options_(std::move(options)), clock_(clock) {
    options_.index = true;
  }

  // With the linter's warnings where there is no error, unless there are thousands of rules.
  // Shares what it can with what is in force `before`; null: nothing is.
  CompileResult Compile(const std::string& id, const RuleContent& content,
                        const RuleSetState* before) const;

  // The same rule set, compiled as a whole.
  std::shared_ptr<const RuleSet> Consolidated(const RuleSet& rule_set) const {
    return Consolidate(rule_set, options_);
  }

  // What was compiled, in force as this revision.  Takes over what is known of a newer version of
  // the files that failed.  REQUIRES: compiled.ok().
  std::shared_ptr<RuleSetState> InForce(CompileResult compiled, RuleContent content,
                                        const RuleOrigin& revision, RuleOrigins origins,
                                        const RuleSetState* before) const;
  // The version before stays in force.
  std::shared_ptr<RuleSetState> Failed(CompileResult compiled, RuleContent content,
                                       const RuleSetState* before) const;
  std::shared_ptr<RuleSetState> Failed(const std::string& id, std::string_view error,
                                       const RuleSetState* before) const;

 private:
  CompileOptions options_;
  const Clock* const clock_;
};

// Origins by name, as the store has them, after the changes that `revision` made; a rule that they
// do not know is of `revision` itself.
RuleOrigins OriginsOf(const CheckedRuleSet& rules, RuleOriginsByName known,
                      const std::vector<StoredRuleChange>& changes, const RuleOrigin& revision);
// The same where the version before is in force.
RuleOrigins OriginsAfter(const RuleSetState& before, const CheckedRuleSet& rules,
                         const std::vector<StoredRuleChange>& changes, const RuleOrigin& revision);

}  // namespace pql

#endif  // PQL_ENGINE_STATE_BUILDER_H_
