// Messages about rules and revisions for people.  Thread-safe: no state.

#ifndef TOOLS_PQL_REMOTE_RULE_TEXT_H_
#define TOOLS_PQL_REMOTE_RULE_TEXT_H_

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "diagnostics/source.h"
#include "pql/v1/diagnostic.pb.h"
#include "pql/v1/rule.pb.h"

namespace pql {

// The protobuf JSON mapping on one line, with a line end.
absl::StatusOr<std::string> JsonLine(const google::protobuf::Message& message);

// A block a rule: what happened to it, and how its text differs; "" when there are none.
std::string RuleChangesText(const google::protobuf::RepeatedPtrField<v1::RuleChange>& changes,
                            bool color);
// `1 rule added, 2 modified`; "no rule changes" when there are none.
std::string RuleChangesSummary(const google::protobuf::RepeatedPtrField<v1::RuleChange>& changes);

// A line: number, time, author, cause, rules, comment.
std::string RevisionLine(const v1::Revision& revision, bool color);

// Findings with the lines of source that they are about, as far as `sources` have them.
std::string FindingsText(const google::protobuf::RepeatedPtrField<v1::Diagnostic>& findings,
                         size_t dropped, const SourceSet& sources, bool color);
size_t CountErrors(const google::protobuf::RepeatedPtrField<v1::Diagnostic>& findings);

}  // namespace pql

#endif  // TOOLS_PQL_REMOTE_RULE_TEXT_H_
