// How rule sets and servers are, for people.  Thread-safe: no state.

#ifndef TOOLS_PQL_REMOTE_STATUS_TEXT_H_
#define TOOLS_PQL_REMOTE_STATUS_TEXT_H_

#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string>

#include "pql/v1/rule.pb.h"
#include "pql/v1/status_service.pb.h"

namespace pql {

// `slack` of `ruleSets/slack`; another text as it is, but for what can't be printed.
std::string ShortRuleSetName(const std::string& name);

// A line on what is in force, lines on a newer version that is not.  `now`: of the server.
std::string RuleSetText(const v1::RuleSet& rule_set, const google::protobuf::Timestamp& now,
                        bool color);
// Lines on the server as a whole: version, store, load.
std::string ServerText(const v1::ServerStatus& status, const std::string& address, bool color);
// Lines on what was evaluated with a rule set, and the metrics that it does not know.  `now`: of
// the server.
std::string UsageText(const v1::RuleSetUsage& usage, const google::protobuf::Timestamp& now,
                      bool color);

// "40 s", "3 min", "5 h" or "12 d": the largest unit that there is at least one of.
std::string AgeText(int64_t seconds);

}  // namespace pql

#endif  // TOOLS_PQL_REMOTE_STATUS_TEXT_H_
