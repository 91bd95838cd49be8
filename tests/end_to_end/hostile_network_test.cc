// What a real server makes of a hostile network and of signals at a bad time: rows 11, 13, 14, 15
// and 26 of the table of hostile input (README.md, "What hostile input gets").

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/end_to_end/raw_http2.h"
#include "tests/end_to_end/server_process.h"

namespace pql {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr char kEvaluate[] = "/pql.v1.EvaluationService/Evaluate";
constexpr char kWatch[] = "/pql.v1.RuleService/WatchRuleSets";
// An EvaluateRequest for the rule set: field 1, a string.
constexpr std::string_view kRequest = "\x0a\x0eruleSets/slack";

class HostileNetworkTest : public ::testing::Test {
 protected:
  HostileNetworkTest() {
    directory_.Write("slack/rules.pql",
                     "metric messages: number\nrule team { when messages >= 10 }\n");
  }
  void Start(const std::vector<std::string>& flags = {},
             const std::vector<std::string>& with = {}) {
    server_ = std::make_unique<ServerProcess>(directory_.path(), flags, with);
  }
  int port() const { return std::stoi(server_->port()); }
  // By a connection of its own: the server's others may be ended.
  grpc::Status EvaluateAnew() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto stub = v1::EvaluationService::NewStub(grpc::CreateCustomChannel(
        server_->address(), grpc::InsecureChannelCredentials(), arguments));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    v1::EvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    v1::EvaluateResponse response;
    return stub->Evaluate(&context, request, &response);
  }
  void ExpectServes() {
    EXPECT_TRUE(Eventually([this] { return EvaluateAnew().ok(); }));
    EXPECT_EQ(server_->process().Poll(), -1) << server_->process().Err();
  }
  // That the server's memory is below so many kB, where no sanitizer keeps what was freed.
  void ExpectMemoryBelow([[maybe_unused]] size_t limit) {
#ifndef PQL_SANITIZED
    EXPECT_LT(Memory("VmRSS"), limit);
#endif
  }
  // In kB, by the name that /proc/PID/status has for it.
  size_t Memory(const std::string& name) {
    std::ifstream in("/proc/" + std::to_string(server_->process().pid()) + "/status");
    for (std::string line; std::getline(in, line);) {
      if (line.rfind(name + ":", 0) == 0) return std::stoul(line.substr(name.size() + 1));
    }
    return 0;
  }
  // That the server has used, in ticks of the clock.
  int64_t ProcessorTime() {
    std::ifstream in("/proc/" + std::to_string(server_->process().pid()) + "/stat");
    std::string field;  // 14 and 15 of proc(5); the name of the program has no space
    for (int i = 0; i < 13; ++i) in >> field;
    int64_t user = 0;
    int64_t system = 0;
    in >> user >> system;
    return user + system;
  }
  size_t OpenDescriptors() {
    const std::filesystem::path path = "/proc/" + std::to_string(server_->process().pid()) + "/fd";
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
  }

  const TempDirectory directory_;
  std::unique_ptr<ServerProcess> server_;
};

void ExpectLimit(const grpc::Status& status, const std::string& flag) {
  EXPECT_THAT(status.error_code(),
              AnyOf(grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::RESOURCE_EXHAUSTED));
  EXPECT_THAT(status.error_message(), HasSubstr(flag));
}

TEST_F(HostileNetworkTest, Row11BatchMessageAndMetadataOverTheirLimits) {
  Start({"--max-request-bytes=10000", "--max-batch-accounts=3", "--max-metadata-bytes=2000"});
  v1::BatchEvaluateRequest batch;
  batch.set_rule_set("ruleSets/slack");
  for (int i = 0; i < 4; ++i) batch.add_accounts();
  v1::BatchEvaluateResponse batch_response;
  grpc::ClientContext batch_context;
  ExpectLimit(server_->evaluations().BatchEvaluate(&batch_context, batch, &batch_response),
              "--max-batch-accounts");

  v1::EvaluateRequest request;
  request.set_rule_set("ruleSets/slack");
  v1::EvaluateResponse response;
  grpc::ClientContext metadata_context;
  metadata_context.AddMetadata("x-large", std::string(3'000, 'x'));
  ExpectLimit(server_->evaluations().Evaluate(&metadata_context, request, &response),
              "--max-metadata-bytes");

  request.mutable_account()->add_held_rules(std::string(20'000, 'x'));
  grpc::ClientContext message_context;
  ExpectLimit(server_->evaluations().Evaluate(&message_context, request, &response),
              "--max-request-bytes");
  // Far beyond, gRPC refuses before the message is read.
  request.mutable_account()->add_held_rules(std::string(4 << 20, 'x'));
  grpc::ClientContext far_context;
  EXPECT_EQ(server_->evaluations().Evaluate(&far_context, request, &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  ExpectServes();
}

// With gRPC's own accept loop the server never accepted again.
TEST_F(HostileNetworkTest, Row13DescriptorsExhausted) {
  // What the server needs itself, and little more.
  Start({}, {"prlimit", "--nofile=160:160"});
  EXPECT_EQ(server_->CountLog("fewer connections than --max-connections fit the limit of open "
                              "files (ulimit -n)"),
            1);
  std::vector<std::unique_ptr<RawHttp2>> idle;
  for (int i = 0; i < 400; ++i) {
    idle.push_back(std::make_unique<RawHttp2>(port()));
    idle.back()->Begin();
  }
  EXPECT_TRUE(Eventually([this] { return server_->CountLog("connections turned away") > 0; }));
  EXPECT_FALSE(EvaluateAnew().ok());
  EXPECT_LT(OpenDescriptors(), 160);
  idle.clear();
  ExpectServes();
}

// The descriptors that are left are fewer than the connections that there may be: others took them.
TEST_F(HostileNetworkTest, Row13DescriptorsExhaustedWithinTheCap) {
  Start();
  const rlimit few{.rlim_cur = OpenDescriptors() + 20, .rlim_max = 20'000};
  ASSERT_EQ(::prlimit(server_->process().pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  std::vector<std::unique_ptr<RawHttp2>> idle;
  for (int i = 0; i < 200; ++i) {
    idle.push_back(std::make_unique<RawHttp2>(port()));
    idle.back()->Begin();
  }
  EXPECT_TRUE(Eventually([this] { return server_->CountLog("connections turned away") > 0; }));
  EXPECT_THAT(server_->LogField("connections turned away", "reason"), HasSubstr("ulimit -n"));
  EXPECT_FALSE(EvaluateAnew().ok());
  idle.clear();
  ExpectServes();
}

TEST_F(HostileNetworkTest, Row13ThousandIdleConnections) {
  Start({"--max-connections=100", "--max-connection-idle=1s"});
  std::vector<std::unique_ptr<RawHttp2>> idle;
  for (int i = 0; i < 1'000; ++i) {
    idle.push_back(std::make_unique<RawHttp2>(port()));
    if (i % 2 == 0) idle.back()->Begin();  // the others say nothing at all
  }
  EXPECT_TRUE(Eventually([this] { return server_->CountLog("connections turned away") > 0; }));
  EXPECT_THAT(server_->LogField("connections turned away", "reason"),
              HasSubstr("--max-connections"));
  // They stay, and are closed for their silence.
  ExpectServes();
  for (const auto& connection : idle) {
    EXPECT_TRUE(connection->IsClosedWithin(static_cast<int>(kPatience.count()) * 1'000));
  }
}

TEST_F(HostileNetworkTest, Row14StreamsOpenedAndReset) {
#ifdef PQL_SANITIZED
  GTEST_SKIP() << "a program with sanitizers takes more memory than it may have here";
#endif
  constexpr size_t kBudget = size_t{100} << 10;  // kB
  Start({"--max-memory=" + std::to_string(kBudget << 10)});
  const size_t before = Memory("VmRSS");
  RawHttp2 client(port());
  ASSERT_TRUE(client.Begin());
  bool open = true;
  for (uint32_t i = 0; i < 20'000 && open; ++i) {
    const uint32_t stream = 2 * i + 1;
    open = client.Send(RawHttp2::CallHeaders(stream, kEvaluate) +
                       RawHttp2::Message(stream, kRequest) + RawHttp2::Reset(stream)) &&
           client.Discard();
  }
  ExpectServes();
  // What the server had before, what it may have, and what is under way when it notices.
  EXPECT_LT(Memory("VmHWM"), before + kBudget + kBudget / 2);
  EXPECT_TRUE(Eventually([&] { return Memory("VmRSS") < before + kBudget / 2; }))
      << "what is free goes back to the system: " << Memory("VmRSS");
}

TEST_F(HostileNetworkTest, Row14StreamsLeftOpen) {
  Start({"--max-connection-streams=50"});
  RawHttp2 client(port());
  ASSERT_TRUE(client.Begin());
  EXPECT_EQ(client.ReadSetting(RawHttp2::kMaxConcurrentStreams), 50);
  // From when the client has acknowledged the setting, it is held to it.
  ASSERT_TRUE(client.Send(RawHttp2::Frame(RawHttp2::kSettings, RawHttp2::kEndStream, 0, "")));
  bool open = true;
  uint32_t sent = 0;
  EXPECT_TRUE(Eventually([&] {
    open = client.Send(RawHttp2::CallHeaders(2 * sent + 1, kEvaluate)) && client.Discard();
    ++sent;
    return !open;
  }));
  EXPECT_GT(sent, 50);
  ExpectServes();
}

// A call that waits for a revision which never comes, on a server with --max-in-flight=1, where
// another call tells whether this one is in.
class WaitingCall {
 public:
  explicit WaitingCall(ServerProcess* server)
      : thread_([this, server] {
          grpc::StatusCode code = grpc::StatusCode::RESOURCE_EXHAUSTED;
          while (code == grpc::StatusCode::RESOURCE_EXHAUSTED && !cancelled_) code = Call(server);
        }) {}
  ~WaitingCall() { Cancel(); }
  void Cancel() {
    cancelled_ = true;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (context_ != nullptr) context_->TryCancel();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  grpc::StatusCode Call(ServerProcess* server) {
    grpc::ClientContext* context = nullptr;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      context_ = std::make_unique<grpc::ClientContext>();
      context = context_.get();
    }
    if (cancelled_) return grpc::StatusCode::CANCELLED;
    v1::EvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    request.mutable_options()->set_min_revision(100);
    v1::EvaluateResponse response;
    return server->evaluations().Evaluate(context, request, &response).error_code();
  }

  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::thread thread_;  // last: it uses the others
};

TEST_F(HostileNetworkTest, Row15DeadlinesAndCancellationEndWaits) {
  Start({"--max-in-flight=1", "--max-revision-wait=10m"});
  v1::EvaluateRequest waits;
  waits.set_rule_set("ruleSets/slack");
  waits.mutable_options()->set_min_revision(100);
  v1::EvaluateResponse response;
  grpc::ClientContext late;
  late.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  EXPECT_THAT(server_->evaluations().Evaluate(&late, waits, &response).error_code(),
              AnyOf(grpc::StatusCode::DEADLINE_EXCEEDED, grpc::StatusCode::UNAVAILABLE));
  WaitingCall call(server_.get());
  EXPECT_TRUE(Eventually(
      [this] { return EvaluateAnew().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED; }));
  call.Cancel();
  ExpectServes();  // there is room again for the one call that may be in flight
}

// Gaps of many accounts, which take a while.
v1::BatchEvaluateRequest LargeBatch(int accounts) {
  v1::BatchEvaluateRequest batch;
  batch.set_rule_set("ruleSets/large");
  batch.mutable_options()->set_scope(v1::RESULT_SCOPE_ALL);
  batch.mutable_options()->set_include_gap(true);
  for (int i = 0; i < accounts; ++i) {
    auto& metrics = *batch.add_accounts()->mutable_metrics();
    for (const char* name : {"a", "b", "c", "d"}) metrics[name].set_number_value(i % 7);
  }
  return batch;
}

TEST_F(HostileNetworkTest, Row15ACancelledBatchStops) {
  std::string rules = "metric a: number\nmetric b: number\nmetric c: number\nmetric d: number\n";
  for (int i = 0; i < 20; ++i) {
    rules += "rule r" + std::to_string(i) +
             " { when (a > 10 or b > 20) and (c > 30 or d > 40) and " + "a + b + c + d > " +
             std::to_string(100 + i) + " }\n";
  }
  directory_.Write("large/rules.pql", rules);
  Start();
#ifdef PQL_SANITIZED
  constexpr int kAccounts = 20;
#else
  constexpr int kAccounts = 150;
#endif
  v1::BatchEvaluateResponse response;
  const int64_t begin = ProcessorTime();
  grpc::ClientContext whole;
  const auto start = std::chrono::steady_clock::now();
  const grpc::Status status =
      server_->evaluations().BatchEvaluate(&whole, LargeBatch(kAccounts), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const auto duration = std::chrono::steady_clock::now() - start;
  const int64_t of_whole = ProcessorTime() - begin;

  grpc::ClientContext cancelled;
  std::thread canceller([&] {
    std::this_thread::sleep_for(duration / 10);
    cancelled.TryCancel();
  });
  EXPECT_EQ(server_->evaluations()
                .BatchEvaluate(&cancelled, LargeBatch(kAccounts), &response)
                .error_code(),
            grpc::StatusCode::CANCELLED);
  canceller.join();
  // What it has spent when it rests again.
  int64_t end = ProcessorTime();
  EXPECT_TRUE(Eventually([&] {
    std::this_thread::sleep_for(duration / 10);
    return std::exchange(end, ProcessorTime()) + of_whole / 100 >= end;
  }));
  EXPECT_LT(end - begin - of_whole, of_whole / 2);
  ExpectServes();
}

TEST_F(HostileNetworkTest, Row15StalledReaderOfEvaluations) {
  Start();
  const size_t before = Memory("VmRSS");
  grpc::ClientContext context;
  const auto stream = server_->evaluations().StreamEvaluate(&context);
  std::atomic<int> written{0};
  std::thread writer([&] {  // and never reads
    v1::StreamEvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    request.mutable_account()->set_id(std::string(1'000, 'x'));
    while (stream->Write(request)) ++written;
  });
  // The server takes no more than its answers find room for.
  int seen = -1;
  EXPECT_TRUE(Eventually([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    return std::exchange(seen, written.load()) == written;
  }));
  EXPECT_GT(written, 0);
  ExpectMemoryBelow(before + (size_t{50} << 10));
  ExpectServes();
  context.TryCancel();
  writer.join();
}

TEST_F(HostileNetworkTest, Row15StalledReaderOfAWatch) {
  constexpr int kRevisions = 40;
  constexpr size_t kTitle = 100'000;
  Start();
  // Watches, and never reads: not even its socket.
  RawHttp2 stalled(port());
  ASSERT_TRUE(stalled.Begin());
  ASSERT_TRUE(stalled.Send(RawHttp2::CallHeaders(1, kWatch) + RawHttp2::Message(1, "")));
  size_t early = 0;
  for (int i = 1; i <= kRevisions; ++i) {
    v1::ApplyRuleSetRequest request;
    request.set_name("ruleSets/other");
    v1::SourceFile* file = request.add_files();
    file->set_path("rules.pql");
    file->set_text("metric messages: number\nrule team { title \"" + std::string(kTitle, 'x') +
                   "\" when messages >= " + std::to_string(i) + " }\n");
    grpc::ClientContext context;
    v1::ApplyRuleSetResponse response;
    const grpc::Status status = server_->rules().ApplyRuleSet(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    if (i == kRevisions / 2) early = Memory("VmRSS");
  }
  ExpectServes();
  // The store in memory keeps the sources of each revision; the watch keeps nothing.
  ExpectMemoryBelow(early + (kRevisions * kTitle >> 10) + (size_t{50} << 10));
}

// Calls that begin one after the other until the server is gone.
class Load {
 public:
  Load(ServerProcess* server, int threads) {
    for (int i = 0; i < threads; ++i) {
      clients_.emplace_back([this, server] {
        while (!stop_) {
          grpc::ClientContext context;
          v1::EvaluateRequest request;
          request.set_rule_set("ruleSets/slack");
          v1::EvaluateResponse response;
          const grpc::Status status = server->evaluations().Evaluate(&context, request, &response);
          if (status.ok()) ++answered_;
          if (!status.ok() && status.error_code() != grpc::StatusCode::UNAVAILABLE) ++lost_;
        }
      });
    }
  }
  ~Load() { Stop(); }
  void Stop() {
    stop_ = true;
    for (std::thread& client : clients_) {
      if (client.joinable()) client.join();
    }
  }
  int answered() const { return answered_; }
  int lost() const { return lost_; }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<int> answered_{0};
  std::atomic<int> lost_{0};
  std::vector<std::thread> clients_;
};

TEST_F(HostileNetworkTest, Row26SighupStorm) {
  Start();
  Load load(server_.get(), 2);
  for (int i = 0; i < 1'000; ++i) server_->process().Signal(SIGHUP);
  directory_.Write("slack/rules.pql",
                   "metric messages: number\nrule team { when messages >= 5 }\n");
  server_->process().Signal(SIGHUP);
  // It may have been read while it was empty, too.
  EXPECT_TRUE(Eventually([this] { return server_->GetRuleSet("ruleSets/slack").revision() >= 2; }));
  EXPECT_TRUE(Eventually([this] {
    return server_->Qualifies("ruleSets/slack", 7) == std::vector<std::string>{"team"};
  }));
  load.Stop();
  EXPECT_EQ(load.lost(), 0);
  // The system keeps one signal of a kind waiting, the watcher one request: not a read for each.
  EXPECT_GE(server_->CountLog("reload requested"), 1);
}

TEST_F(HostileNetworkTest, Row26SecondSigtermStopsAtOnce) {
  Start({"--max-in-flight=1", "--max-revision-wait=10m", "--drain-timeout=10m"});
  WaitingCall call(server_.get());
  EXPECT_TRUE(Eventually(
      [this] { return EvaluateAnew().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED; }));
  server_->process().Signal(SIGTERM);
  // One right behind the first counts as the same.
  server_->process().Signal(SIGTERM);
  EXPECT_TRUE(Eventually([this] {
    if (server_->process().Poll() < 0) server_->process().Signal(SIGTERM);
    return server_->process().Poll() >= 0;
  }));
  EXPECT_EQ(server_->process().Wait(), 1);
  EXPECT_EQ(server_->CountLog("stopped at once, by a second signal"), 1);
}

TEST_F(HostileNetworkTest, Row26WatchesEndAndTheListenerClosesOnSigterm) {
  Start({"--max-revision-wait=10m"});
  grpc::ClientContext context;
  const auto watch = server_->rules().WatchRuleSets(&context, {});
  v1::WatchRuleSetsResponse event;
  ASSERT_TRUE(watch->Read(&event));
  server_->process().Signal(SIGTERM);
  while (watch->Read(&event)) {
  }
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(server_->process().Wait(), 0);
  EXPECT_FALSE(RawHttp2(port()).is_connected());
}

}  // namespace
}  // namespace pql
