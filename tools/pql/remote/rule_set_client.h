// A rule set on a server: its vocabulary, and evaluations by it.
//
// Calls block, each with a deadline.  Not thread-safe.

#ifndef TOOLS_PQL_REMOTE_RULE_SET_CLIENT_H_
#define TOOLS_PQL_REMOTE_RULE_SET_CLIENT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "accounts/account_reader.h"
#include "language/checked_rule_set.h"
#include "pql/v1/evaluation_service.grpc.pb.h"
#include "pql/v1/rule_service.grpc.pb.h"
#include "tools/pql/evaluation_renderer.h"
#include "tools/pql/json_text.h"
#include "tools/pql/remote/connection.h"

namespace pql {

struct RemoteEvaluation {
  bool all = false;
  bool gap = false;
  bool explain = false;            // each condition, and when the outcome changes by itself
  std::vector<std::string> rules;  // report only these; empty: all
  std::optional<Timestamp> now;    // absent: the server's clock
};

class RuleSetClient {
 public:
  // `connection` is open and outlives the client; nothing is sent before Connect.  `id` is the rule
  // set's, as in `slack`.
  RuleSetClient(const Connection* connection, std::string id);

  // Asks for the vocabulary.  UNAVAILABLE, with what to do, when no server answers.
  absl::Status Connect();

  // The declared metrics with their types; it has nothing else.  REQUIRES: Connect was OK.
  const CheckedRuleSet& metrics() const { return metrics_; }

  // Fills in what the columns are; `rules` limits them as in RemoteEvaluation.
  absl::Status DescribeColumns(const std::vector<std::string>& rules, RenderOptions* options);

  // In the order of `rows`, in the protobuf JSON mapping of AccountEvaluation.
  absl::StatusOr<std::vector<Json>> Evaluate(const std::vector<AccountRow>& rows,
                                             const RemoteEvaluation& how);

  // As it is sent.
  v1::Account ToAccount(const AccountRow& row) const;

 private:
  const Connection* const connection_;
  const std::string id_;
  const std::string name_;
  std::unique_ptr<v1::EvaluationService::Stub> evaluations_;
  std::unique_ptr<v1::RuleService::Stub> rules_;
  v1::Schema schema_;
  CheckedRuleSet metrics_;
};

}  // namespace pql

#endif  // TOOLS_PQL_REMOTE_RULE_SET_CLIENT_H_
