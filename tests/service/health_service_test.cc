// The standard health service as any client sees it.

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "service/health.grpc.pb.h"
#include "tests/service/service_testing.h"

namespace pql {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

class HealthServiceTest : public ServiceTest {
 protected:
  HealthServiceTest() : stub_(grpc::health::v1::Health::NewStub(channel_)) {}

  static HealthCheckRequest RequestFor(const std::string& service) {
    HealthCheckRequest request;
    request.set_service(service);
    return request;
  }
  grpc::Status Check(const std::string& service, HealthCheckResponse* response) {
    grpc::ClientContext context;
    return stub_->Check(&context, RequestFor(service), response);
  }

  std::unique_ptr<grpc::health::v1::Health::Stub> stub_;
};

TEST_F(HealthServiceTest, CheckTellsOfEachService) {
  services_.SetServing(true);
  services_.health().Set("pql.store", false);
  HealthCheckResponse response;
  for (const char* service :
       {"", "pql.v1.EvaluationService", "pql.v1.RuleService", "pql.v1.StatusService"}) {
    ASSERT_TRUE(Check(service, &response).ok()) << service;
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVING) << service;
  }
  ASSERT_TRUE(Check("pql.store", &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  services_.SetServing(false);
  ASSERT_TRUE(Check("", &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(Check("nobody", &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(HealthServiceTest, AWatchIsToldAtOnceAndOfEveryChange) {
  grpc::ClientContext context;
  const auto watch = stub_->Watch(&context, RequestFor("pql.store"));
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
  for (const bool serving : {true, false, true}) {
    services_.health().Set("pql.store", serving);
    services_.health().Set("pql.store", serving);  // which is no change
    services_.health().Set("another", !serving);
    ASSERT_TRUE(watch->Read(&response));
    EXPECT_EQ(response.status(),
              serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING);
  }
  context.TryCancel();
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(HealthServiceTest, ManyWatchesAndAServerThatStops) {
  std::vector<std::thread> watchers;
  for (int i = 0; i < 20; ++i) {
    watchers.emplace_back([this] {
      grpc::ClientContext context;
      const auto watch = stub_->Watch(&context, RequestFor(""));
      HealthCheckResponse response;
      while (watch->Read(&response)) {
      }
      EXPECT_FALSE(watch->Finish().ok());
    });
  }
  for (int i = 0; i < 100; ++i) services_.health().Set("", i % 2 == 0);
  server_->Shutdown(std::chrono::system_clock::now());
  for (std::thread& watcher : watchers) watcher.join();
}

}  // namespace
}  // namespace pql
