// pql_load against real servers: what it counts is what they did.

#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/end_to_end/server_process.h"
#include "tests/testing/subprocess.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

const char kServeRules[] = PQL_SOURCE_DIR "/tools/pql_load/rules";

struct LoadRun {
  int exit = -1;
  nlohmann::json report;  // null when there is none
  std::string error;
};

// With patience where answers are counted: a busy machine is no failure.
LoadRun Load(const std::string& address, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {Program("pql_load"), "--server", address, "--format", "json",
                                       "--timeout", "50s"});
  Subprocess process(arguments);
  LoadRun run;
  run.exit = process.Wait();
  run.error = process.Err();
  if (const std::string out = process.Out(); !out.empty()) run.report = nlohmann::json::parse(out);
  return run;
}

class LoadByMode : public ::testing::TestWithParam<const char*> {};

TEST_P(LoadByMode, CountsWhatTheServerCounts) {
  ServerProcess server(kServeRules);
  const LoadRun run =
      Load(server.address(), {"serve", "--accounts", "serve", "--mode", GetParam(), "--batch-size",
                              "30", "--concurrency", "5", "--connections", "2", "--threads", "2",
                              "--warm-up", "0s", "--duration", "500ms"});
  ASSERT_EQ(run.exit, 0) << run.error << run.report;
  EXPECT_GT(run.report["answered"], 0);
  EXPECT_EQ(run.report["failed"], 0);
  EXPECT_TRUE(run.report["errors"].empty());
  EXPECT_GE(run.report["latencyMicros"]["max"], run.report["latencyMicros"]["p99"]);
  EXPECT_GE(run.report["latencyMicros"]["p99"], run.report["latencyMicros"]["p50"]);
  EXPECT_GT(run.report["latencyMicros"]["p50"], 0);
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(), 0);
  const int64_t accounts =
      run.report["answered"].get<int64_t>() * run.report["accountsPerRequest"].get<int64_t>();
  EXPECT_EQ(server.LogField("stopped", "accounts_evaluated"), std::to_string(accounts));
}

INSTANTIATE_TEST_SUITE_P(All, LoadByMode, ::testing::Values("unary", "batch", "stream"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Load, TheOpenLoopMakesTheCallsThatItWasAskedFor) {
  ServerProcess server(kServeRules);
  const LoadRun run = Load(server.address(), {"serve", "--accounts", "serve", "--rate", "200",
                                              "--warm-up", "0s", "--duration", "1s"});
  ASSERT_EQ(run.exit, 0) << run.error << run.report;
  EXPECT_EQ(run.report["answered"], 200);
  EXPECT_EQ(run.report["askedRate"], 200);
}

TEST(Load, ErrorsAreCountedByTheirCode) {
  ServerProcess server(kServeRules, {"--max-in-flight=1"});
  const LoadRun run = Load(
      server.address(), {"serve", "--accounts", "serve", "--mode", "batch", "--batch-size", "500",
                         "--concurrency", "8", "--warm-up", "0s", "--duration", "500ms"});
  ASSERT_EQ(run.exit, 1) << run.error << run.report;
  EXPECT_GT(run.report["answered"], 0);
  EXPECT_GT(run.report["failed"], 0);
  ASSERT_EQ(run.report["errors"].size(), 1) << run.report;
  const nlohmann::json& shed = run.report["errors"]["RESOURCE_EXHAUSTED"];
  EXPECT_EQ(shed["count"], run.report["failed"]);
  EXPECT_NE(shed["first"], "");
}

TEST(Load, WithoutAServerItSaysSo) {
  const LoadRun run = Load("localhost:1", {"serve", "--accounts", "serve"});
  EXPECT_EQ(run.exit, 2);
  EXPECT_TRUE(run.report.is_null());
  EXPECT_NE(run.error.find("no connection to localhost:1"), std::string::npos) << run.error;
}

TEST(Load, WhatNoRequestCanGetIsSaidAtTheEndOfTheWarmUp) {
  ServerProcess server(kServeRules);
  const LoadRun run = Load(server.address(), {"nowhere", "--accounts", "serve", "--warm-up",
                                              "100ms", "--duration", "1h"});
  EXPECT_EQ(run.exit, 2);
  EXPECT_NE(run.error.find("nowhere"), std::string::npos) << run.error;
}

TEST(Load, AccountsComeFromAFileOrAreMadeUpForTheRuleSet) {
  TempDirectory directory;
  directory.Write("accounts.csv", "id,messages,channels,plan\na,2500,3,free\nb,1,1,pro\n");
  ServerProcess server(PQL_SOURCE_DIR "/rules");
  for (const std::string& accounts : {directory.Path("accounts.csv"), std::string("generated")}) {
    const LoadRun run = Load(server.address(), {"slack", "--accounts", accounts, "--warm-up", "0s",
                                                "--duration", "200ms"});
    EXPECT_EQ(run.exit, 0) << accounts << run.error << run.report;
    EXPECT_GT(run.report["answered"], 0);
  }
  const LoadRun missing = Load(server.address(), {"slack", "--accounts", "nowhere.csv"});
  EXPECT_EQ(missing.exit, 2);
  EXPECT_NE(missing.error.find("nowhere.csv"), std::string::npos) << missing.error;
}

// A server that pqld is compared with.
class StandIn {
 public:
  explicit StandIn(const std::string& program)
      : process_({Program(program), "--listen=localhost:0"}) {
    EXPECT_TRUE(Eventually([this] { return FindAddress() || process_.Poll() >= 0; }));
    EXPECT_FALSE(address_.empty()) << process_.Err();
  }
  const std::string& address() const { return address_; }
  Subprocess& process() { return process_; }

 private:
  bool FindAddress() {
    const std::string log = process_.Err();
    const size_t name = log.find("address=");
    const size_t end = log.find(' ', name);
    if (name == std::string::npos || end == std::string::npos) return false;
    address_ = log.substr(name + 8, end - name - 8);
    return true;
  }

  Subprocess process_;
  std::string address_;
};

class LoadOnStandIn : public ::testing::TestWithParam<const char*> {};

// They take the same calls.
TEST_P(LoadOnStandIn, EveryModeIsAnswered) {
  StandIn server(GetParam());
  for (const char* mode : {"unary", "batch", "stream"}) {
    const LoadRun run =
        Load(server.address(), {"serve", "--accounts", "serve", "--mode", mode, "--connections",
                                "2", "--warm-up", "0s", "--duration", "200ms"});
    EXPECT_EQ(run.exit, 0) << mode << run.error << run.report;
    EXPECT_GT(run.report["answered"], 0) << mode;
  }
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(), 0) << server.process().Err();
}

INSTANTIATE_TEST_SUITE_P(All, LoadOnStandIn, ::testing::Values("echo_server", "floor_server"),
                         [](const auto& info) { return std::string(info.param); });

// Processor time of the process, in ticks of the clock.
int64_t CpuTicks(const Subprocess& process) {
  std::ifstream file("/proc/" + std::to_string(process.pid()) + "/stat");
  std::string word;
  int64_t user = 0;
  int64_t system = 0;
  for (int field = 1; field < 14; ++field) file >> word;  // no word has a space in it here
  file >> user >> system;
  return user + system;
}

class LoadOnAServerThatGoesAway : public ::testing::TestWithParam<const char*> {};

TEST_P(LoadOnAServerThatGoesAway, ItIsCountedAndTheRunComesToItsEnd) {
  StandIn server("echo_server");
  const int64_t before = CpuTicks(server.process());
  Subprocess load({Program("pql_load"), "serve", "--server", server.address(), "--accounts",
                   "serve", "--mode", GetParam(), "--format", "json", "--warm-up", "0s",
                   "--duration", "1500ms"});
  EXPECT_TRUE(Eventually([&] { return CpuTicks(server.process()) >= before + 5; }));
  server.process().Signal(SIGKILL);
  EXPECT_EQ(load.Wait(), 1) << load.Err();
  const nlohmann::json report = nlohmann::json::parse(load.Out());
  EXPECT_GT(report["answered"], 0);
  ASSERT_TRUE(report["errors"].contains("UNAVAILABLE")) << report;
  EXPECT_EQ(report["errors"]["UNAVAILABLE"]["count"], report["failed"]);
}

INSTANTIATE_TEST_SUITE_P(All, LoadOnAServerThatGoesAway, ::testing::Values("unary", "stream"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pql
