// pql.v1.RuleService over the engine.  Thread-safe.

#ifndef PQL_SERVICE_RULE_SERVICE_H_
#define PQL_SERVICE_RULE_SERVICE_H_

#include "engine/engine.h"
#include "pql/v1/rule_service.grpc.pb.h"

namespace pql {

class RuleServiceImpl final : public v1::RuleService::CallbackService {
 public:
  // `engine` outlives the service.
  explicit RuleServiceImpl(Engine* engine) : engine_(engine) {}

// One declaration a method of the contract.
#define PQL_UNARY(Method)                                                \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context, \
                                   const v1::Method##Request* request,   \
                                   v1::Method##Response* response) override
  PQL_UNARY(ListRuleSets);
  PQL_UNARY(GetRuleSet);
  PQL_UNARY(GetSchema);
  PQL_UNARY(ListRules);
  PQL_UNARY(GetRule);
  PQL_UNARY(CreateRule);
  PQL_UNARY(UpdateRule);
  PQL_UNARY(DeleteRule);
  PQL_UNARY(ApplyRuleSet);
  PQL_UNARY(ValidateRules);
  PQL_UNARY(TestRuleSet);
  PQL_UNARY(ListRevisions);
  PQL_UNARY(GetRevision);
  PQL_UNARY(RollbackRuleSet);
#undef PQL_UNARY
  grpc::ServerWriteReactor<v1::WatchRuleSetsResponse>* WatchRuleSets(
      grpc::CallbackServerContext* context, const v1::WatchRuleSetsRequest* request) override;

 private:
  Engine* const engine_;
};

}  // namespace pql

#endif  // PQL_SERVICE_RULE_SERVICE_H_
