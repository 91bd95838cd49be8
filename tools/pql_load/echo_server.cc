// echo_server: pqld's evaluation service without rules.  What is left is what any C++ server of
// these messages pays that builds them: gRPC's callback interface, a message from the allocator of
// an arena for each call.

#include <google/protobuf/arena.h>
#include <grpcpp/support/message_allocator.h>
#include <grpcpp/support/server_callback.h>

#include "pql/v1/evaluation_service.grpc.pb.h"
#include "tools/pql_load/serve_workload.h"
#include "tools/pql_load/stand_in.h"

namespace pql {
namespace {

template <typename Request, typename Response>
class ArenaAllocator final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override { return new Holder(); }

 private:
  class Holder final : public grpc::MessageHolder<Request, Response> {
   public:
    Holder() {
      this->set_request(google::protobuf::Arena::CreateMessage<Request>(&arena_));
      this->set_response(google::protobuf::Arena::CreateMessage<Response>(&arena_));
    }
    void Release() override { delete this; }

   private:
    google::protobuf::Arena arena_;
  };
};

void Answer(const v1::Account& account, v1::AccountEvaluation* evaluation) {
  evaluation->set_account_id(account.id());
  SetTypicalEvaluation(evaluation);
}

// One request after another, as pqld answers a stream.
class Stream final
    : public grpc::ServerBidiReactor<v1::StreamEvaluateRequest, v1::StreamEvaluateResponse> {
 public:
  Stream() { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    response_.Clear();
    response_.set_request_id(request_.request_id());
    Answer(request_.account(), response_.mutable_response()->mutable_evaluation());
    SetTypicalOrigin(response_.mutable_response());
    StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  v1::StreamEvaluateRequest request_;
  v1::StreamEvaluateResponse response_;
};

class EchoService final : public v1::EvaluationService::CallbackService {
 public:
  EchoService() {
    SetMessageAllocatorFor_Evaluate(&evaluate_);
    SetMessageAllocatorFor_BatchEvaluate(&batch_);
  }

  grpc::ServerUnaryReactor* Evaluate(grpc::CallbackServerContext* context,
                                     const v1::EvaluateRequest* request,
                                     v1::EvaluateResponse* response) override {
    Answer(request->account(), response->mutable_evaluation());
    SetTypicalOrigin(response);
    return Done(context);
  }

  grpc::ServerUnaryReactor* BatchEvaluate(grpc::CallbackServerContext* context,
                                          const v1::BatchEvaluateRequest* request,
                                          v1::BatchEvaluateResponse* response) override {
    for (const v1::Account& account : request->accounts()) {
      Answer(account, response->add_evaluations());
    }
    SetTypicalOrigin(response);
    return Done(context);
  }

  grpc::ServerBidiReactor<v1::StreamEvaluateRequest, v1::StreamEvaluateResponse>* StreamEvaluate(
      grpc::CallbackServerContext* /*context*/) override {
    return new Stream();
  }

 private:
  static grpc::ServerUnaryReactor* Done(grpc::CallbackServerContext* context) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  ArenaAllocator<v1::EvaluateRequest, v1::EvaluateResponse> evaluate_;
  ArenaAllocator<v1::BatchEvaluateRequest, v1::BatchEvaluateResponse> batch_;
};

class EchoServer final : public StandIn {
 public:
  void Register(grpc::ServerBuilder* builder) override { builder->RegisterService(&service_); }

 private:
  EchoService service_;
};

}  // namespace
}  // namespace pql

int main(int argc, char** argv) {
  pql::EchoServer server;
  return pql::RunStandIn(&server, "echo_server",
                         "Takes the calls of pqld's EvaluationService and answers each account "
                         "alike, without rules.",
                         argc, argv);
}
