// `pql status`: what it shows and with what it exits, of a server that is as the test says.

#include <gmock/gmock.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_context.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "pql/v1/rule_service.grpc.pb.h"
#include "pql/v1/status_service.grpc.pb.h"
#include "tests/end_to_end/server_process.h"

namespace pql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StatusOfTest final : public v1::StatusService::Service {
 public:
  grpc::Status GetServerStatus(grpc::ServerContext* /*context*/,
                               const v1::GetServerStatusRequest* /*request*/,
                               v1::GetServerStatusResponse* response) override {
    *response->mutable_status() = status;
    return grpc::Status::OK;
  }

  v1::ServerStatus status;
};

class RulesOfTest final : public v1::RuleService::Service {
 public:
  grpc::Status ListRuleSets(grpc::ServerContext* /*context*/,
                            const v1::ListRuleSetsRequest* /*request*/,
                            v1::ListRuleSetsResponse* response) override {
    *response->add_rule_sets() = rule_set;
    return grpc::Status::OK;
  }

  v1::RuleSet rule_set;
};

class StatusCommandTest : public ::testing::Test {
 protected:
  StatusCommandTest() {
    // All is well.
    status_.status.set_version("1.2.3");
    status_.status.mutable_store()->set_description("postgres:host=db");
    status_.status.mutable_store()->set_available(true);
    v1::ServerLoad* load = status_.status.mutable_load();
    load->set_watches(3);
    load->set_max_watches(4);
    load->set_streams(1);
    load->set_max_streams(2);
    status_.status.mutable_last_load_duration()->set_seconds(1);
    status_.status.mutable_last_load_duration()->set_nanos(203'000'000);
    rules_.rule_set.set_name("ruleSets/slack");
    rules_.rule_set.set_revision(7);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("localhost:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&status_);
    builder.RegisterService(&rules_);
    server_ = builder.BuildAndStart();
  }
  ~StatusCommandTest() override { server_->Shutdown(std::chrono::system_clock::now()); }

  Finished Status(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"status", "--server", "localhost:" + std::to_string(port_)});
    return RunPql(std::move(options));
  }

  StatusOfTest status_;
  RulesOfTest rules_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(StatusCommandTest, AllIsWell) {
  const Finished status = Status();
  EXPECT_EQ(status.exit, 0) << status.err;
  EXPECT_THAT(status.out, HasSubstr("  store  postgres:host=db, works\n"));
  EXPECT_THAT(status.out, HasSubstr("slack  revision 7, "));
  EXPECT_THAT(status.out, HasSubstr("3 of 4 watches, 1 of 2 streams\n"));
  EXPECT_THAT(status.out,
              HasSubstr("  rules  the latest change took 1203 ms until it was in force"));
  EXPECT_THAT(status.out, Not(HasSubstr("behind")));
}

TEST_F(StatusCommandTest, AServerThatIsBehindItsStoreNeedsAttention) {
  status_.status.set_behind_count(1);
  const Finished one = Status();
  EXPECT_EQ(one.exit, 1) << one.err;
  EXPECT_THAT(one.out, HasSubstr("  behind: newer revisions of 1 rule set could not be read\n"));
  status_.status.set_behind_count(2);
  const Finished two = Status();
  EXPECT_EQ(two.exit, 1) << two.err;
  EXPECT_THAT(two.out, HasSubstr("  behind: newer revisions of 2 rule sets could not be read\n"));
  const Finished json = Status({"--format", "json"});
  EXPECT_EQ(json.exit, 1) << json.err;
  EXPECT_EQ(nlohmann::json::parse(json.out)["status"]["behindCount"], 2);
}

TEST_F(StatusCommandTest, SoDoesAStoreThatDoesNotWork) {
  status_.status.mutable_store()->set_available(false);
  status_.status.mutable_store()->set_error("it is away");
  const Finished status = Status();
  EXPECT_EQ(status.exit, 1) << status.err;
  EXPECT_THAT(status.out, HasSubstr("  store  postgres:host=db, does not work: it is away\n"));
}

TEST_F(StatusCommandTest, SoDoesAVersionThatIsNotInForce) {
  rules_.rule_set.mutable_load_failure()->set_error("slack/rules.pql can't be read");
  const Finished status = Status();
  EXPECT_EQ(status.exit, 1) << status.err;
  EXPECT_THAT(status.out, HasSubstr("a newer version is not in force"));
  EXPECT_THAT(status.out, HasSubstr("slack/rules.pql can't be read"));
}

}  // namespace
}  // namespace pql
