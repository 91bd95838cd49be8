// Revisions and what they changed as messages.  Thread-safe: no state.

#ifndef PQL_SERVICE_REVISION_CONVERSION_H_
#define PQL_SERVICE_REVISION_CONVERSION_H_

#include "pql/v1/rule.pb.h"
#include "store/rule_store.h"

namespace pql {

// With the sources that `revision` has: none where it comes from ListRevisions.
void ToProto(const StoredRevision& revision, v1::Revision* out);
void ToProto(const StoredRuleChange& change, v1::RuleChange* out);

}  // namespace pql

#endif  // PQL_SERVICE_REVISION_CONVERSION_H_
