#include "tools/pql_load/requests.h"

#include "engine/rule_query.h"
#include "pql/v1/evaluation_service.pb.h"
#include "tools/pql_load/message_bytes.h"

namespace pql {
namespace {

void AddUnary(const std::string& rule_set, const std::vector<v1::Account>& accounts,
              Requests* requests) {
  v1::EvaluateRequest request;
  request.set_rule_set(rule_set);
  for (const v1::Account& account : accounts) {
    *request.mutable_account() = account;
    requests->bytes.push_back(BytesOf(request));
  }
}

// Every account is in some batch; the last batch goes on with the first accounts.
void AddBatches(const std::string& rule_set, const std::vector<v1::Account>& accounts,
                size_t batch_size, Requests* requests) {
  for (size_t next = 0; next < accounts.size();) {
    v1::BatchEvaluateRequest request;
    request.set_rule_set(rule_set);
    for (size_t i = 0; i < batch_size; ++i) {
      *request.add_accounts() = accounts[next++ % accounts.size()];
    }
    requests->bytes.push_back(BytesOf(request));
  }
}

void AddMessages(const std::string& rule_set, const std::vector<v1::Account>& accounts,
                 Requests* requests) {
  v1::StreamEvaluateRequest request;
  for (const v1::Account& account : accounts) {
    *request.mutable_account() = account;
    request.clear_rule_set();
    requests->bytes.push_back(BytesOf(request));
    request.set_rule_set(rule_set);
    requests->opening.push_back(BytesOf(request));
  }
}

}  // namespace

Requests MakeRequests(Mode mode, const std::string& rule_set,
                      const std::vector<v1::Account>& accounts, size_t batch_size) {
  const std::string name = RuleSetName(rule_set);
  Requests requests;
  requests.mode = mode;
  requests.method = "/pql.v1.EvaluationService/";
  switch (mode) {
    case Mode::kUnary:
      requests.method += "Evaluate";
      AddUnary(name, accounts, &requests);
      break;
    case Mode::kBatch:
      requests.method += "BatchEvaluate";
      requests.accounts_each = batch_size;
      AddBatches(name, accounts, batch_size, &requests);
      break;
    case Mode::kStream:
      requests.method += "StreamEvaluate";
      AddMessages(name, accounts, &requests);
      break;
  }
  for (const grpc::ByteBuffer& bytes : requests.bytes) {
    requests.mean_size +=
        static_cast<double>(bytes.Length()) / static_cast<double>(requests.bytes.size());
  }
  return requests;
}

}  // namespace pql
