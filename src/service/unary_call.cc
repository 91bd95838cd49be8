#include "service/unary_call.h"

#include <chrono>
#include <utility>

#include "service/call_limits.h"
#include "service/call_record.h"
#include "service/status_mapping.h"

namespace pql {
namespace {

// Owns itself until gRPC is done with the call.
class UnaryCall : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(Engine* engine, const grpc::CallbackServerContext& context, const CallRecord& record,
            Admission::Ticket ticket)
      : engine_(engine), context_(context), record_(record), ticket_(std::move(ticket)) {}
  // The answer, which ends the call.
  void End(const absl::Status& status) {
    RecordCall(engine_, context_, record_, status);
    Finish(ToGrpcStatus(status));
  }
  void OnDone() override { delete this; }

 private:
  Engine* const engine_;
  const grpc::CallbackServerContext& context_;
  const CallRecord record_;
  const Admission::Ticket ticket_;  // given back when the answer is out
};

// Counts the call in; finishes it at once, and sets `*admitted` to false, when that is refused.
UnaryCall* Admit(Engine* engine, const grpc::CallbackServerContext& context,
                 const google::protobuf::Message& request, const Access& access, bool* admitted) {
  const CallRecord record = {access.method, std::chrono::steady_clock::now(),
                             request.ByteSizeLong(), access.resource};
  absl::StatusOr<Admission::Ticket> ticket = engine->admission().Enter();
  absl::Status status = ticket.status();
  if (status.ok()) status = CheckMetadata(engine->limits(), context);
  if (status.ok()) status = CheckAccess(*engine, context, access);
  if (status.ok()) status = CheckRequestSize(*engine, record.request_bytes);
  auto* call = new UnaryCall(engine, context, record,
                             ticket.ok() ? *std::move(ticket) : Admission::Ticket());
  *admitted = status.ok();
  if (!status.ok()) call->End(status);
  return call;
}

}  // namespace

grpc::ServerUnaryReactor* Answer(Engine* engine, const grpc::CallbackServerContext& context,
                                 const google::protobuf::Message& request, const Access& access,
                                 const Work& work) {
  bool admitted = false;
  UnaryCall* call = Admit(engine, context, request, access, &admitted);
  if (admitted) call->End(RunGuarded(work));
  return call;
}

grpc::ServerUnaryReactor* AnswerOnWorker(Engine* engine, const grpc::CallbackServerContext& context,
                                         const google::protobuf::Message& request,
                                         const Access& access, WorkerPool* workers, Work work) {
  bool admitted = false;
  UnaryCall* call = Admit(engine, context, request, access, &admitted);
  if (!admitted) return call;
  const bool queued =
      workers->TryRun([call, work = std::move(work)] { call->End(RunGuarded(work)); });
  if (!queued) call->End(TooManyQueued(*workers));
  return call;
}

}  // namespace pql
