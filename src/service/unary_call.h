// The frame of the unary methods of gRPC's callback interface: count the call in, check who makes
// it and its size, answer, never let an exception out.  What takes time runs on a worker; the
// threads of gRPC only convert and look up.

#ifndef PQL_SERVICE_UNARY_CALL_H_
#define PQL_SERVICE_UNARY_CALL_H_

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "engine/engine.h"
#include "service/call_checks.h"

namespace pql {

// Answers on this thread: for what is quick.
grpc::ServerUnaryReactor* Answer(Engine* engine, const grpc::CallbackServerContext& context,
                                 const google::protobuf::Message& request, const Access& access,
                                 const Work& work);

// Answers on one of `workers`; RESOURCE_EXHAUSTED at once when their queue is full.
grpc::ServerUnaryReactor* AnswerOnWorker(Engine* engine, const grpc::CallbackServerContext& context,
                                         const google::protobuf::Message& request,
                                         const Access& access, WorkerPool* workers, Work work);

}  // namespace pql

#endif  // PQL_SERVICE_UNARY_CALL_H_
