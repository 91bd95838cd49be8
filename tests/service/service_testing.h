// A server in the process of the test: the services over an engine whose files and clock the test
// decides.

#ifndef TESTS_SERVICE_SERVICE_TESTING_H_
#define TESTS_SERVICE_SERVICE_TESTING_H_

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "engine/engine.h"
#include "pql/v1/error.pb.h"
#include "pql/v1/evaluation_service.grpc.pb.h"
#include "pql/v1/rule_service.grpc.pb.h"
#include "service/services.h"
#include "tests/engine/engine_testing.h"

namespace pql {

// A request from its JSON form: what a caller in another language would write.
template <typename Message>
Message FromJson(const std::string& json) {
  Message message;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &message);
  EXPECT_TRUE(status.ok()) << status.ToString() << " in " << json;
  return message;
}

// The ErrorInfo in the details of a status; without a reason when there is none.
inline v1::ErrorInfo InfoOf(const grpc::Status& status) {
  v1::ErrorStatus details;
  v1::ErrorInfo info;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  if (details.details_size() > 0) {
    EXPECT_TRUE(details.details(0).UnpackTo(&info));
    EXPECT_EQ(details.code(), status.error_code());
    EXPECT_EQ(details.message(), status.error_message());
    EXPECT_EQ(info.domain(), "pql");
  }
  return info;
}

class ServiceTest : public ::testing::Test {
 protected:
  explicit ServiceTest(const Limits& limits = {})
      : engine_(limits, &clock_), services_(&engine_, "1.2.3") {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("localhost:0", grpc::InsecureServerCredentials(), &port);
    services_.AddTo(&builder);
    server_ = builder.BuildAndStart();
    services_.Start();
    channel_ = grpc::CreateChannel("localhost:" + std::to_string(port),
                                   grpc::InsecureChannelCredentials());
    evaluations_ = v1::EvaluationService::NewStub(channel_);
    rules_ = v1::RuleService::NewStub(channel_);
    status_ = v1::StatusService::NewStub(channel_);
  }

  ~ServiceTest() override { Stop(); }

  // No call runs after it.
  void Stop() {
    server_->Shutdown(std::chrono::system_clock::now());
    services_.Stop();
  }

  void Load(const std::string& text, const std::string& id = "slack") {
    engine_.rule_sets().Update(TreeOf({{id, text}}));
  }

  FakeClock clock_;
  Engine engine_;
  Services services_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::EvaluationService::Stub> evaluations_;
  std::unique_ptr<v1::RuleService::Stub> rules_;
  std::unique_ptr<v1::StatusService::Stub> status_;
};

}  // namespace pql

#endif  // TESTS_SERVICE_SERVICE_TESTING_H_
