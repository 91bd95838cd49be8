// What a real server makes of a hostile network and of signals at a bad time: rows 11, 13, 14, 15
// and 26 of the table of hostile input (README.md, "What hostile input gets").

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/end_to_end/calls.h"
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
  // That the server's memory is soon below so many kB, where no sanitizer keeps what was freed.
  void ExpectMemoryBelow([[maybe_unused]] size_t limit) {
#ifndef PQL_SANITIZED
    EXPECT_TRUE(Eventually([&] { return Memory("VmRSS") < limit; })) << Memory("VmRSS") << " kB";
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

TEST_F(HostileNetworkTest, Row11BatchMessageAndMetadataOverTheirLimits) {
  Start({"--max-request-bytes=10000", "--max-batch-accounts=3", "--max-metadata-bytes=2000"});
  v1::BatchEvaluateRequest batch;
  batch.set_rule_set("ruleSets/slack");
  for (int i = 0; i < 4; ++i) batch.add_accounts();
  v1::BatchEvaluateResponse batch_response;
  grpc::ClientContext batch_context;
  ExpectLimit(server_->evaluations().BatchEvaluate(&batch_context, batch, &batch_response),
              grpc::StatusCode::INVALID_ARGUMENT, "--max-batch-accounts");

  v1::EvaluateRequest request;
  request.set_rule_set("ruleSets/slack");
  v1::EvaluateResponse response;
  grpc::ClientContext metadata_context;
  metadata_context.AddMetadata("x-large", std::string(3'000, 'x'));
  ExpectLimit(server_->evaluations().Evaluate(&metadata_context, request, &response),
              grpc::StatusCode::RESOURCE_EXHAUSTED, "--max-metadata-bytes");

  request.mutable_account()->add_held_rules(std::string(20'000, 'x'));
  grpc::ClientContext message_context;
  ExpectLimit(server_->evaluations().Evaluate(&message_context, request, &response),
              grpc::StatusCode::RESOURCE_EXHAUSTED, "--max-request-bytes");
  // Far beyond, gRPC refuses before the message is read.
  request.mutable_account()->add_held_rules(std::string(4 << 20, 'x'));
  grpc::ClientContext far_context;
  EXPECT_EQ(server_->evaluations().Evaluate(&far_context, request, &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  const std::string evaluated = "pql_evaluated_accounts_total{rule_set=\"slack\"}";
  EXPECT_EQ(server_->Metric(evaluated), 0) << "all of it was refused before any evaluation";
  ExpectServes();
  EXPECT_GE(server_->Metric(evaluated), 1);
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

v1::EvaluateRequest WaitsFor(int64_t revision) {
  v1::EvaluateRequest request;
  request.set_rule_set("ruleSets/slack");
  request.mutable_options()->set_min_revision(revision);
  return request;
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
    v1::EvaluateResponse response;
    return server->evaluations().Evaluate(context, WaitsFor(100), &response).error_code();
  }

  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::thread thread_;  // last: it uses the others
};

TEST_F(HostileNetworkTest, Row15DeadlinesAndCancellationEndWaits) {
  Start({"--max-in-flight=1", "--max-revision-wait=10m"});
  v1::EvaluateResponse response;
  grpc::ClientContext late;
  late.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  EXPECT_THAT(server_->evaluations().Evaluate(&late, WaitsFor(100), &response).error_code(),
              AnyOf(grpc::StatusCode::DEADLINE_EXCEEDED, grpc::StatusCode::UNAVAILABLE));
  WaitingCall call(server_.get());
  EXPECT_TRUE(Eventually(
      [this] { return EvaluateAnew().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED; }));
  call.Cancel();
  ExpectServes();  // there is room again for the one call that may be in flight
}

TEST_F(HostileNetworkTest, Row15AWaitEndsAtItsBoundThoughTheCallerWouldWaitForEver) {
  Start({"--max-revision-wait=0.3s"});
  grpc::ClientContext context;  // without a deadline
  std::future<grpc::Status> answer = std::async(std::launch::async, [&] {
    v1::EvaluateResponse response;
    return server_->evaluations().Evaluate(&context, WaitsFor(100), &response);
  });
  EXPECT_TRUE(Eventually(
      [&answer] { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }));
  context.TryCancel();
  const grpc::Status status = answer.get();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
  const auto info = DetailOf<v1::ErrorInfo>(status);
  EXPECT_EQ(info.reason(), "REVISION_NOT_REACHED");
  EXPECT_EQ(info.metadata().at("min_revision"), "100");
  EXPECT_EQ(info.metadata().at("current_revision"), "1");
  ExpectServes();
}

TEST_F(HostileNetworkTest, Row15AWaitForARevisionThatComesIsAnswered) {
  Start({"--max-revision-wait=10m"});
  v1::EvaluateResponse response;
  std::future<grpc::Status> answer = std::async(std::launch::async, [&] {
    grpc::ClientContext context;
    SetDeadline(&context);
    return server_->evaluations().Evaluate(&context, WaitsFor(2), &response);
  });
  EXPECT_TRUE(Eventually([this] { return server_->Metric("pql_requests_in_flight") == 1; }));
  EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  directory_.Write("slack/rules.pql", RulesWithLimit(5));
  const grpc::Status status = answer.get();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_GE(response.revision(), 2);
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

// Of rule set `large`.
std::string RulesWithLargeGaps() {
  std::string rules = "metric a: number\nmetric b: number\nmetric c: number\nmetric d: number\n";
  for (int i = 0; i < 20; ++i) {
    rules += "rule r" + std::to_string(i) +
             " { when (a > 10 or b > 20) and (c > 30 or d > 40) and " + "a + b + c + d > " +
             std::to_string(100 + i) + " }\n";
  }
  return rules;
}

TEST_F(HostileNetworkTest, Row15ABatchWhoseDeadlineExpiresStops) {
  constexpr int kAccounts = 10'000;  // which take far longer than the deadline
  const std::string evaluated = "pql_evaluated_accounts_total{rule_set=\"large\"}";
  directory_.Write("large/rules.pql", RulesWithLargeGaps());
  Start({"--max-explained-accounts=" + std::to_string(kAccounts)});
  const v1::BatchEvaluateRequest batch = LargeBatch(kAccounts);
  // In its middle: where the server had not begun yet, once more with a later one.
  for (std::chrono::milliseconds patience(250); server_->Metric(evaluated) == 0; patience *= 2) {
    ASSERT_TRUE(patience < kPatience) << "the batch never begins";
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + patience);
    v1::BatchEvaluateResponse response;
    ASSERT_EQ(server_->evaluations().BatchEvaluate(&context, batch, &response).error_code(),
              grpc::StatusCode::DEADLINE_EXCEEDED);
    ASSERT_TRUE(Eventually([this] { return server_->Metric("pql_requests_in_flight") == 0; }));
  }
  // The call is over for the server, too, which has not looked at all accounts.
  const double looked_at = server_->Metric(evaluated);
  EXPECT_GT(looked_at, 0);
  EXPECT_LT(looked_at, kAccounts);
  EXPECT_EQ(server_->Metric("pql_requests_total{method=\"BatchEvaluate\",code=\"OK\"}"), 0);
  ExpectServes();
}

TEST_F(HostileNetworkTest, Row15ACancelledBatchStops) {
  directory_.Write("large/rules.pql", RulesWithLargeGaps());
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

// A watch over a connection that is alive, and that lets the server send only what the first window
// and the socket have room for.  Not thread-safe.
class RawWatch {
 public:
  explicit RawWatch(int port, int receive_buffer = 0, const v1::WatchRuleSetsRequest& request = {})
      : client_(port, receive_buffer) {
    EXPECT_TRUE(client_.Begin());
    EXPECT_TRUE(client_.Send(RawHttp2::CallHeaders(kStream, kWatch) +
                             RawHttp2::Message(kStream, request.SerializeAsString())));
  }

  // From now on the server may send what it likes.
  void OpenWindow() {
    constexpr uint32_t kMore = 1 << 30;
    EXPECT_TRUE(
        client_.Send(RawHttp2::WindowUpdate(0, kMore) + RawHttp2::WindowUpdate(kStream, kMore)));
  }
  // Takes what has come.
  void Receive() {
    while (ReceiveFrame(0)) {
    }
  }
  // All data so far, in bytes.
  size_t received() const { return received_; }
  // The next event, for which it waits; RULE_SET_EVENT_UNSPECIFIED when none comes.
  v1::WatchRuleSetsResponse NextEvent() {
    std::optional<v1::WatchRuleSetsResponse> event;
    EXPECT_TRUE(Eventually([this, &event] {
      do {
        event = TakeEvent();
      } while (!event.has_value() && ReceiveFrame(100));
      return event.has_value();
    }));
    return event.value_or(v1::WatchRuleSetsResponse());
  }

 private:
  static constexpr uint32_t kStream = 1;

  // False: none came within the time.
  bool ReceiveFrame(int milliseconds) {
    const std::optional<Http2Frame> frame = client_.ReadFrame(milliseconds);
    if (!frame.has_value()) return false;
    if (frame->type == RawHttp2::kData) {
      received_ += frame->payload.size();
      data_ += frame->payload;
    }
    // The server asks whether anybody is still there.
    if (frame->type == RawHttp2::kPing && (frame->flags & RawHttp2::kEndStream) == 0) {
      client_.Send(
          RawHttp2::Frame(RawHttp2::kPing, RawHttp2::kEndStream, /*stream=*/0, frame->payload));
    }
    return true;
  }
  // The first event of the data, if all of it has come.
  std::optional<v1::WatchRuleSetsResponse> TakeEvent() {
    constexpr size_t kPrefix = 5;  // whether it is compressed, and its size
    if (data_.size() < kPrefix) return std::nullopt;
    const size_t size = RawHttp2::NumberAt(data_, 1, 4);
    if (data_.size() < kPrefix + size) return std::nullopt;
    v1::WatchRuleSetsResponse event;
    EXPECT_TRUE(event.ParseFromString(data_.substr(kPrefix, size)));
    data_.erase(0, kPrefix + size);
    return event;
  }

  RawHttp2 client_;
  std::string data_;  // that is no event yet
  size_t received_ = 0;
};

// Changes of a rule set of which a watch has much to tell, on a server whose memory is what it has
// in use: its history is on the disk, and what it frees goes back to the system at once.
class StalledWatchTest : public HostileNetworkTest {
 protected:
  // In bytes: of each event of a change, which has the four rules before and after it.
  static constexpr size_t kNews = size_t{8} * 100'000;
#ifdef PQL_SANITIZED
  static constexpr int kChanges = 10;
#else
  static constexpr int kChanges = 60;
#endif
  // In kB: far more than a few events, far less than all of them.
  static constexpr size_t kRoom = (kChanges * kNews / 3) >> 10;

  StalledWatchTest() {
    Start({"--store=sqlite:" + history_.Path("rules.db")},
          {"/usr/bin/env", "MALLOC_ARENA_MAX=1", "MALLOC_MMAP_THRESHOLD_=65536",
           "MALLOC_TRIM_THRESHOLD_=65536"});
    Change(10);  // after which the server has what it needs for a change
  }
  void Change(int times) {
    for (int i = 0; i < times; ++i) {
      // The rules stay as they are; what they depend on does not.
      v1::ApplyRuleSetRequest request = ApplyRequest("ruleSets/other", rules_);
      v1::SourceFile* define = request.add_files();
      define->set_path("enough.pql");
      define->set_text("define enough = messages >= " + std::to_string(revision_) + "\n");
      grpc::ClientContext context;
      SetDeadline(&context);
      v1::ApplyRuleSetResponse response;
      const grpc::Status status = server_->rules().ApplyRuleSet(&context, request, &response);
      ASSERT_TRUE(status.ok()) << status.error_message();
      ASSERT_EQ(response.revision(), ++revision_);
    }
  }
  // Until the watch has been told how things are.
  static void ExpectCurrent(RawWatch* watch) {
    for (const char* name : {"ruleSets/other", "ruleSets/slack"}) {
      const v1::WatchRuleSetsResponse event = watch->NextEvent();
      EXPECT_EQ(event.event(), v1::RULE_SET_EVENT_CURRENT);
      EXPECT_EQ(event.rule_set().name(), name);
    }
    EXPECT_EQ(watch->NextEvent().event(), v1::RULE_SET_EVENT_CAUGHT_UP);
  }

  // The server has sent what it may, which is in the middle of an event, and keeps back the rest.
  static void ExpectStalled(RawWatch* watch) {
    EXPECT_TRUE(Eventually([watch] {
      watch->Receive();
      return watch->received() >= RawHttp2::kFirstWindow;
    })) << watch->received();
    EXPECT_EQ(watch->received(), RawHttp2::kFirstWindow);
  }

  const TempDirectory history_;
  std::string rules_ = [] {
    std::string rules = "metric messages: number\n";
    for (int i = 0; i < 4; ++i) {
      rules += "rule r" + std::to_string(i) + " { title \"" + std::string(kNews / 8, 'x') +
               "\" when enough and messages > " + std::to_string(i) + " }\n";
    }
    return rules;
  }();
  int64_t revision_ = 0;
};

TEST_F(StalledWatchTest, Row15StalledReaderOfAWatch) {
  RawWatch watch(port());
  ExpectCurrent(&watch);
  const int64_t seen = revision_;
  const size_t before = Memory("VmRSS");
  for (int i = 0; i < kChanges; ++i) {
    Change(1);
    watch.Receive();  // to answer pings: the window stays as it is
  }
  ExpectStalled(&watch);
  ExpectMemoryBelow(before + kRoom);
  ExpectServes();
  // Once it may, it tells all of it, in order.
  watch.OpenWindow();
  for (int64_t number = seen + 1; number <= revision_; ++number) {
    const v1::WatchRuleSetsResponse event = watch.NextEvent();
    ASSERT_EQ(event.event(), v1::RULE_SET_EVENT_CHANGED);
    ASSERT_EQ(event.revision().revision(), number);
    ASSERT_GT(event.ByteSizeLong(), kNews);
  }
}

// A watch that has missed much and reads none of it: the server does not read the history ahead.
TEST_F(StalledWatchTest, Row15StalledReaderOfAWatchThatGoesOn) {
  const int64_t seen = revision_;
  Change(kChanges);
  const size_t before = Memory("VmRSS");
  v1::WatchRuleSetsRequest request;
  (*request.mutable_seen_revisions())["ruleSets/other"] = seen;
  RawWatch watch(port(), /*receive_buffer=*/0, request);
  ExpectStalled(&watch);
  ExpectMemoryBelow(before + kRoom);
  watch.OpenWindow();
  for (int64_t number = seen + 1; number <= revision_; ++number) {
    const v1::WatchRuleSetsResponse event = watch.NextEvent();
    ASSERT_EQ(event.event(), v1::RULE_SET_EVENT_CHANGED);
    ASSERT_EQ(event.revision().revision(), number);
  }
  // Then how things are with the others.
  EXPECT_EQ(watch.NextEvent().event(), v1::RULE_SET_EVENT_CURRENT);
  EXPECT_EQ(watch.NextEvent().event(), v1::RULE_SET_EVENT_CAUGHT_UP);
}

// And where the caller lets the server send without end, and does not read his socket: beyond
// what that and the server's own have room for (some MB) everything waits.
TEST_F(StalledWatchTest, Row15ReaderOfAWatchWhoseSocketIsFull) {
  RawWatch watch(port(), /*receive_buffer=*/64 << 10);
  watch.OpenWindow();
  ExpectCurrent(&watch);
  const size_t before = Memory("VmRSS");
  Change(kChanges);
  ExpectMemoryBelow(before + kRoom);
  ExpectServes();
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

TEST_F(HostileNetworkTest, Row26SecondSigtermLosesNoCall) {
  Start({"--max-in-flight=1", "--max-revision-wait=10m", "--drain-timeout=10m"});
  std::future<grpc::Status> answer = std::async(std::launch::async, [&] {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::EvaluateResponse response;
    return server_->evaluations().Evaluate(&context, WaitsFor(2), &response);
  });
  EXPECT_TRUE(Eventually(
      [this] { return EvaluateAnew().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED; }));
  server_->process().Signal(SIGTERM);
  EXPECT_TRUE(Eventually([this] { return server_->CountLog("stopping") == 1; }));
  for (int times = 1; times <= 2; ++times) {
    server_->process().Signal(SIGTERM);
    EXPECT_TRUE(Eventually([this, times] {
      return server_->CountLog("stopping already; SIGINT stops at once") == times;
    }));
  }
  EXPECT_LT(server_->process().Poll(), 0) << "it is still there";
  directory_.Write("slack/rules.pql", RulesWithLimit(5));
  EXPECT_TRUE(answer.get().ok());
  EXPECT_EQ(server_->process().Wait(), 0);
}

TEST_F(HostileNetworkTest, Row26SecondInterruptStopsAtOnce) {
  Start({"--max-in-flight=1", "--max-revision-wait=10m", "--drain-timeout=10m"});
  WaitingCall call(server_.get());
  EXPECT_TRUE(Eventually(
      [this] { return EvaluateAnew().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED; }));
  server_->process().Signal(SIGINT);
  // One right behind the first counts as the same.
  server_->process().Signal(SIGINT);
  EXPECT_TRUE(Eventually([this] {
    if (server_->process().Poll() < 0) server_->process().Signal(SIGINT);
    return server_->process().Poll() >= 0;
  }));
  EXPECT_EQ(server_->process().Wait(), 1);
  EXPECT_EQ(server_->CountLog("stopped at once, by an interrupt"), 1);
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
