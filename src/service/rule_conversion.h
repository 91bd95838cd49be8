// Rule sets, rules and schemas as messages.  Thread-safe: no state.

#ifndef PQL_SERVICE_RULE_CONVERSION_H_
#define PQL_SERVICE_RULE_CONVERSION_H_

#include "engine/snapshot.h"
#include "pql/v1/rule.pb.h"
#include "pql/v1/schema.pb.h"

namespace pql {

// `with_diagnostics`: warnings about the revision in force, too.
void ToProto(const RuleSetState& state, bool with_diagnostics, v1::RuleSet* out);

// REQUIRES: state.rule_set, and an index into its rules.
void ToProto(const RuleSetState& state, uint32_t rule, v1::Rule* out);

// REQUIRES: state.rule_set.
void ToProto(const RuleSetState& state, v1::Schema* out);

}  // namespace pql

#endif  // PQL_SERVICE_RULE_CONVERSION_H_
