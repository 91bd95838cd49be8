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
#include "engine/rule_content.h"
#include "engine/snapshot.h"

namespace pql {

// Who made the rules what they are, by name.
using RuleOrigins = std::map<std::string, RuleOrigin>;

class StateBuilder {
 public:
  // `clock` outlives it.
  StateBuilder(CompileOptions options, const Clock* clock)
      : options_(std::move(options)), clock_(clock) {}

  // With the linter's warnings where there is no error, unless there are thousands of rules.
  CompileResult Compile(const std::string& id, const RuleContent& content) const;

  // What was compiled, in force as this revision.  Takes over what is known of a newer version of
  // the files that failed.  A rule that `origins` does not know is of `revision` itself.
  // REQUIRES: compiled.ok().
  std::shared_ptr<RuleSetState> InForce(CompileResult compiled, const RuleContent& content,
                                        const RuleOrigin& revision, const RuleOrigins& origins,
                                        const RuleSetState* before) const;
  // The version before stays in force.
  std::shared_ptr<RuleSetState> Failed(CompileResult compiled, const RuleContent& content,
                                       const RuleSetState* before) const;
  std::shared_ptr<RuleSetState> Failed(const std::string& id, std::string_view error,
                                       const RuleSetState* before) const;

 private:
  const CompileOptions options_;
  const Clock* const clock_;
};

// Of the state's rules, in the form that InForce takes.
RuleOrigins OriginsOf(const RuleSetState& state);
// The origins after the changes that `revision` made.
void Apply(const std::vector<StoredRuleChange>& changes, const RuleOrigin& revision,
           RuleOrigins* origins);

}  // namespace pql

#endif  // PQL_ENGINE_STATE_BUILDER_H_
