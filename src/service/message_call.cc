#include "service/message_call.h"

#include "base/status_macros.h"
#include "service/call_limits.h"

namespace pql {

absl::Status Admit(Engine* engine, const grpc::ServerContext& context, const Access& access,
                   size_t request_bytes, Admission::Ticket* ticket) {
  PQL_ASSIGN_OR_RETURN(*ticket, engine->admission().Enter());
  PQL_RETURN_IF_ERROR(CheckMetadata(engine->limits(), context));
  PQL_RETURN_IF_ERROR(CheckAccess(*engine, context, access));
  return CheckRequestSize(*engine, request_bytes);
}

}  // namespace pql
