// StatusService over gRPC.  Thread-safe.

#ifndef PQL_SERVICE_STATUS_SERVICE_H_
#define PQL_SERVICE_STATUS_SERVICE_H_

#include <string>
#include <utility>

#include "engine/engine.h"
#include "pql/v1/status_service.grpc.pb.h"

namespace pql {

class StatusServiceImpl final : public v1::StatusService::CallbackService {
 public:
  // `engine` outlives the service; the server counts as started now.
  StatusServiceImpl(Engine* engine, std::string version)
      : engine_(engine), version_(std::move(version)), start_time_(engine->clock().Now()) {}

  grpc::ServerUnaryReactor* GetServerStatus(grpc::CallbackServerContext* context,
                                            const v1::GetServerStatusRequest* request,
                                            v1::GetServerStatusResponse* response) override;

 private:
  Engine* const engine_;
  const std::string version_;
  const absl::Time start_time_;
};

}  // namespace pql

#endif  // PQL_SERVICE_STATUS_SERVICE_H_
