// StreamEvaluate: order, ends, errors in the middle, waiting, bounds.

#include <google/protobuf/util/json_util.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "tests/service/service_testing.h"
#include "tests/testing/subprocess.h"

namespace pql {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// A stream of a test: what is asked is answered before the next step, but for Send and Receive.
class Stream {
 public:
  explicit Stream(v1::EvaluationService::Stub* stub, const std::string& token = "") {
    if (!token.empty()) context_.AddMetadata("authorization", StrCat("Bearer ", token));
    stream_ = stub->StreamEvaluate(&context_);
  }

  bool Send(const v1::StreamEvaluateRequest& request) { return stream_->Write(request); }
  bool Send(const std::string& json) { return Send(FromJson<v1::StreamEvaluateRequest>(json)); }
  v1::StreamEvaluateResponse Receive() {
    v1::StreamEvaluateResponse response;
    EXPECT_TRUE(stream_->Read(&response));
    return response;
  }
  v1::StreamEvaluateResponse Ask(const std::string& json) {
    EXPECT_TRUE(Send(json));
    return Receive();
  }
  bool Read(v1::StreamEvaluateResponse* response) { return stream_->Read(response); }
  grpc::Status Finish() { return stream_->Finish(); }
  // That there are no more answers, and why.
  grpc::Status End() {
    v1::StreamEvaluateResponse response;
    EXPECT_FALSE(stream_->Read(&response)) << response.ShortDebugString();
    return stream_->Finish();
  }
  grpc::Status CloseAndEnd() {
    stream_->WritesDone();
    return End();
  }
  void Cancel() { context_.TryCancel(); }
  void HalfClose() { stream_->WritesDone(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::StreamEvaluateRequest, v1::StreamEvaluateResponse>>
      stream_;
};

class StreamEvaluationTest : public ServiceTest {
 protected:
  explicit StreamEvaluationTest(const Limits& limits = {}) : ServiceTest(limits) {
    Load(kTeamRules);
  }
  uint64_t Evaluated() {
    return engine_.rule_sets().snapshot()->Find("slack")->telemetry->rule_set().accounts();
  }
  bool NoStreamIsLeft() { return engine_.streams().WaitUntilIdle(absl::Seconds(20)); }
};

constexpr char kFirst[] = R"({"requestId":"1","ruleSet":"ruleSets/slack",
    "account":{"id":"a","metrics":{"messages":2500,"plan":"free"}}})";

TEST_F(StreamEvaluationTest, AnswersInOrderAndEndsWithTheCaller) {
  Stream stream(evaluations_.get());
  for (int i = 0; i < 1000; ++i) {
    v1::StreamEvaluateRequest request = FromJson<v1::StreamEvaluateRequest>(kFirst);
    request.set_request_id(StrCat(i));
    (*request.mutable_account()->mutable_metrics())["messages"].set_number_value(i % 2);
    ASSERT_TRUE(stream.Send(request));
  }
  stream.HalfClose();
  for (int i = 0; i < 1000; ++i) {
    const v1::StreamEvaluateResponse answer = stream.Receive();
    EXPECT_EQ(answer.request_id(), StrCat(i));
    EXPECT_EQ(answer.response().evaluation().rules_size(), i % 2);
    EXPECT_EQ(answer.response().evaluation().account_id(), "a");
    EXPECT_EQ(answer.response().revision(), 1);
    EXPECT_EQ(answer.response().evaluation_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  }
  EXPECT_TRUE(stream.End().ok());
  EXPECT_EQ(Evaluated(), 1000);
  EXPECT_EQ(engine_.telemetry().calls().Count(Method::kStreamEvaluate, absl::StatusCode::kOk), 1000)
      << "each message counts as a call";
  EXPECT_TRUE(NoStreamIsLeft());
}

TEST_F(StreamEvaluationTest, StreamWithoutMessages) {
  Stream stream(evaluations_.get());
  EXPECT_TRUE(stream.CloseAndEnd().ok());
}

TEST_F(StreamEvaluationTest, RuleSetAndOptionsHoldUntilOthersAreSent) {
  engine_.rule_sets().Update(TreeOf(
      {{"slack", kTeamRules}, {"other", "metric m: number default 3\nrule r { when m > 1 }"}}));
  Stream stream(evaluations_.get());
  EXPECT_THAT(stream.Ask(kFirst).response().evaluation().rules(), SizeIs(2));
  EXPECT_THAT(
      stream.Ask(R"({"options":{"scope":"RESULT_SCOPE_ALL"}})").response().evaluation().rules(),
      SizeIs(2));
  EXPECT_THAT(stream.Ask("{}").response().evaluation().shadow_rules(), SizeIs(1)) << "still all";
  EXPECT_EQ(stream.Ask("{}").response().evaluation().account_id(), "") << "no account is kept";
  EXPECT_EQ(stream.Ask("{}").request_id(), "") << "nor an id";
  EXPECT_THAT(stream.Ask(R"({"options":{}})").response().evaluation().rules(), SizeIs(0));
  EXPECT_EQ(stream.Ask(R"({"ruleSet":"ruleSets/other"})").response().evaluation().rules(0).rule(),
            "r");
  EXPECT_THAT(stream.Ask("{}").response().evaluation().rules(), SizeIs(1));
  EXPECT_TRUE(stream.CloseAndEnd().ok());
}

TEST_F(StreamEvaluationTest, ErrorsAreAnswersAndTheStreamGoesOn) {
  Stream stream(evaluations_.get());
  struct Case {
    std::string json;
    grpc::StatusCode code;
    std::string reason;
    std::string word;
  };
  const Case cases[] = {
      {R"({"requestId":"x"})", grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FIELD", "`rule_set`"},
      {R"({"requestId":"x","ruleSet":"ruleSets/slak"})", grpc::StatusCode::NOT_FOUND,
       "RESOURCE_NOT_FOUND", "did you mean `slack`?"},
      {R"({"requestId":"x","ruleSet":"ruleSets/slack","account":{"metrics":{"plan":7}}})",
       grpc::StatusCode::INVALID_ARGUMENT, "METRIC_TYPE_MISMATCH", "`plan`"},
      {R"({"requestId":"x","options":{"minRevision":"-1"}})", grpc::StatusCode::INVALID_ARGUMENT,
       "INVALID_FIELD", "min_revision"},
  };
  for (const Case& test : cases) {
    const v1::StreamEvaluateResponse answer = stream.Ask(test.json);
    EXPECT_EQ(answer.request_id(), "x");
    EXPECT_EQ(answer.error().code(), test.code) << test.json;
    EXPECT_EQ(answer.error().info().reason(), test.reason);
    EXPECT_THAT(answer.error().message(), HasSubstr(test.word));
  }
  EXPECT_TRUE(stream.Ask(R"({"options":{}})").has_response());
  EXPECT_TRUE(stream.CloseAndEnd().ok());
}

// The bytes of messages as they are; answers likewise.
class RawStream {
 public:
  explicit RawStream(const std::shared_ptr<grpc::Channel>& channel) : stub_(channel) {
    call_ = stub_.PrepareCall(&context_, "/pql.v1.EvaluationService/StreamEvaluate", &queue_);
    call_->StartCall(nullptr);
    Next();
  }
  v1::StreamEvaluateResponse Ask(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    call_->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    Next();
    grpc::ByteBuffer buffer;
    call_->Read(&buffer, nullptr);
    Next();
    grpc::Slice answer;
    EXPECT_TRUE(buffer.DumpToSingleSlice(&answer).ok());
    v1::StreamEvaluateResponse response;
    EXPECT_TRUE(response.ParseFromArray(answer.begin(), static_cast<int>(answer.size())));
    return response;
  }

 private:
  void Next() {
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue_.Next(&tag, &ok));
    EXPECT_TRUE(ok);
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

TEST_F(StreamEvaluationTest, MalformedMessageIsAnErrorLikeOthers) {
  RawStream stream(channel_);
  const std::string good = FromJson<v1::StreamEvaluateRequest>(kFirst).SerializeAsString();
  EXPECT_TRUE(stream.Ask(good).has_response());
  for (const std::string& bytes : {good.substr(0, good.size() - 3),
                                   std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
                                   std::string("\x12\x04ru\xff\xfe", 6)}) {
    const v1::StreamEvaluateResponse answer = stream.Ask(bytes);
    EXPECT_EQ(answer.error().code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(answer.request_id(), "");
  }
  EXPECT_TRUE(stream.Ask("").has_response()) << "the rule set is still known";
}

TEST_F(StreamEvaluationTest, WaitForARevisionHoldsUpNobodyElse) {
  Stream waiting(evaluations_.get());
  Stream other(evaluations_.get());
  ASSERT_TRUE(waiting.Send(R"({"requestId":"w","ruleSet":"ruleSets/slack",
                               "options":{"minRevision":"2"}})"));
  ASSERT_TRUE(waiting.Send(R"({"requestId":"next","options":{}})"));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(other.Ask(kFirst).has_response());
  grpc::ClientContext context;
  v1::EvaluateRequest request;
  request.set_rule_set("ruleSets/slack");
  v1::EvaluateResponse response;
  EXPECT_TRUE(evaluations_->Evaluate(&context, request, &response).ok());
  Load("metric m: number\nrule r { when m > 1 }");
  const v1::StreamEvaluateResponse answer = waiting.Receive();
  EXPECT_EQ(answer.request_id(), "w");
  EXPECT_EQ(answer.response().revision(), 2);
  EXPECT_EQ(waiting.Receive().request_id(), "next");
  EXPECT_TRUE(waiting.CloseAndEnd().ok());
  EXPECT_TRUE(other.CloseAndEnd().ok());
}

TEST_F(StreamEvaluationTest, CancelledWaitEnds) {
  Stream stream(evaluations_.get());
  ASSERT_TRUE(stream.Send(R"({"ruleSet":"ruleSets/slack","options":{"minRevision":"2"}})"));
  ASSERT_TRUE(Eventually([this] { return engine_.streams().in_flight() == 1; }));
  stream.Cancel();
  EXPECT_EQ(stream.End().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(NoStreamIsLeft());
}

TEST_F(StreamEvaluationTest, ExplanationsAreAnsweredInTheirTurn) {
  Stream stream(evaluations_.get());
  for (int i = 0; i < 40; ++i) {
    v1::StreamEvaluateRequest request = FromJson<v1::StreamEvaluateRequest>(kFirst);
    request.set_request_id(StrCat(i));
    request.mutable_options()->set_include_explanation(i % 2 == 0);
    ASSERT_TRUE(stream.Send(request));
  }
  for (int i = 0; i < 40; ++i) {
    const v1::StreamEvaluateResponse answer = stream.Receive();
    EXPECT_EQ(answer.request_id(), StrCat(i));
    EXPECT_EQ(answer.response().evaluation().rules(0).has_explanation(), i % 2 == 0);
  }
  EXPECT_TRUE(stream.CloseAndEnd().ok());
}

TEST_F(StreamEvaluationTest, CallerThatDoesNotReadIsNotReadFrom) {
  constexpr uint64_t kMany = 2'000;
  Stream stream(evaluations_.get());
  v1::StreamEvaluateRequest request = FromJson<v1::StreamEvaluateRequest>(kFirst);
  request.mutable_account()->set_id(std::string(50'000, 'x'));
  std::atomic<uint64_t> sent{0};
  std::thread writer([&] {
    for (uint64_t i = 0; i < kMany && stream.Send(request); ++i) ++sent;
    stream.HalfClose();
  });
  // Until nothing moves any more: either it is held up, or all is sent, which is the failure.
  for (uint64_t before = ~uint64_t{0}; sent != before && sent < kMany;) {
    before = sent;
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  EXPECT_LT(sent, kMany / 2);
  EXPECT_LT(Evaluated(), kMany / 2);
  for (uint64_t i = 0; i < kMany; ++i) {
    ASSERT_THAT(stream.Receive().response().evaluation().account_id(), SizeIs(50'000));
  }
  writer.join();
  EXPECT_TRUE(stream.End().ok());
  EXPECT_TRUE(NoStreamIsLeft());
}

TEST_F(StreamEvaluationTest, ResetOfAStalledStreamFreesIt) {
  v1::StreamEvaluateRequest request = FromJson<v1::StreamEvaluateRequest>(kFirst);
  request.mutable_account()->set_id(std::string(50'000, 'x'));
  for (int round = 0; round < 20; ++round) {
    Stream stream(evaluations_.get());
    std::thread writer([&] {
      while (stream.Send(request)) {
      }
    });
    ASSERT_TRUE(Eventually([this] { return Evaluated() > 0; }));
    stream.Cancel();
    writer.join();
  }
  EXPECT_TRUE(NoStreamIsLeft());
}

TEST_F(StreamEvaluationTest, DeadlineEndsAStream) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  const auto stream = evaluations_->StreamEvaluate(&context);
  v1::StreamEvaluateResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(NoStreamIsLeft());
}

TEST_F(StreamEvaluationTest, StopAnswersWhatWasReadAndSaysUnavailable) {
  Stream idle(evaluations_.get());
  EXPECT_TRUE(idle.Ask(kFirst).has_response());
  Stream waiting(evaluations_.get());
  EXPECT_TRUE(waiting.Ask(kFirst).has_response());
  ASSERT_TRUE(waiting.Send(R"({"requestId":"w","options":{"minRevision":"2"}})"));
  services_.EndStreams();
  EXPECT_EQ(idle.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  // Read or not when the end came: both may be, but a message that was read is answered.
  const grpc::Status status = [&waiting] {
    v1::StreamEvaluateResponse last;
    while (waiting.Read(&last)) EXPECT_EQ(last.error().code(), grpc::StatusCode::UNAVAILABLE);
    return waiting.Finish();
  }();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("shutting down"));
  EXPECT_TRUE(NoStreamIsLeft());
  Stream late(evaluations_.get());
  EXPECT_EQ(late.End().error_code(), grpc::StatusCode::UNAVAILABLE);
}

class NarrowStreamTest : public StreamEvaluationTest {
 protected:
  NarrowStreamTest() : StreamEvaluationTest({.max_request_bytes = 1000, .max_streams = 1}) {}
};

TEST_F(NarrowStreamTest, StreamsBeyondTheLimitAreTurnedAway) {
  Stream first(evaluations_.get());
  EXPECT_TRUE(first.Ask(kFirst).has_response());
  Stream second(evaluations_.get());
  const grpc::Status status = second.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(InfoOf(status).metadata().at("flag"), "--max-streams");
  EXPECT_TRUE(first.CloseAndEnd().ok());
  EXPECT_TRUE(NoStreamIsLeft());
  Stream third(evaluations_.get());
  EXPECT_TRUE(third.Ask(kFirst).has_response());
}

TEST_F(NarrowStreamTest, MessageOverTheLimitIsAnErrorLikeOthers) {
  Stream stream(evaluations_.get());
  EXPECT_TRUE(stream.Ask(kFirst).has_response());
  v1::StreamEvaluateRequest large;
  large.mutable_account()->set_id(std::string(2'000, 'x'));
  ASSERT_TRUE(stream.Send(large));
  const v1::StreamEvaluateResponse answer = stream.Receive();
  EXPECT_EQ(answer.error().code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(answer.error().info().metadata().at("flag"), "--max-request-bytes");
  EXPECT_EQ(stream.Ask("{}").response().evaluation().account_id(), "");
}

class StreamAccessTest : public StreamEvaluationTest {
 protected:
  // SHA-256 of `token-of-ada`.
  static constexpr char kToken[] =
      "token db399cbb0859754964173adbc8acda8fc539c5c6dcf8ecb1680a04ff94749fac "
      "ada\n";
  void SetPolicy(const std::string& text) {
    auto policy = AccessPolicy::Parse(text);
    ASSERT_TRUE(policy.ok()) << policy.status();
    engine_.access().SetPolicy(std::make_shared<const AccessPolicy>(*std::move(policy)));
  }
  void Grant(const std::string& grants) { SetPolicy(grants + kToken); }
};

TEST_F(StreamAccessTest, ATokenThatComesToItsEndIsNoOnesInAnOpenStream) {
  const std::string token(kToken);
  SetPolicy("grant ada evaluator\n" + token.substr(0, token.size() - 1) +
            " until 2026-03-01T00:00:01Z\n");  // a second from now
  Stream ada(evaluations_.get(), "token-of-ada");
  EXPECT_TRUE(ada.Ask(kFirst).has_response());
  EXPECT_TRUE(ada.Ask("{}").has_response());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(ada.Ask("{}").error().code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(StreamAccessTest, RightsAreCheckedWithEveryRuleSetAndEveryNewPolicy) {
  Grant("grant ada evaluator other\n");
  Stream nobody(evaluations_.get());
  EXPECT_EQ(nobody.End().error_code(), grpc::StatusCode::UNAUTHENTICATED);

  Stream ada(evaluations_.get(), "token-of-ada");
  EXPECT_EQ(ada.Ask(kFirst).error().code(), grpc::StatusCode::PERMISSION_DENIED);
  Grant("grant ada evaluator other slack\n");
  EXPECT_TRUE(ada.Ask("{}").has_response());
  Grant("grant ada evaluator other\n");
  EXPECT_EQ(ada.Ask("{}").error().code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ada.Ask(R"({"ruleSet":"ruleSets/other"})").error().code(), grpc::StatusCode::NOT_FOUND);
  SetPolicy("grant bob evaluator\n");
  EXPECT_EQ(ada.Ask("{}").error().code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(ada.CloseAndEnd().ok());
  Stream without_rights(evaluations_.get(), "token-of-ada");
  EXPECT_EQ(without_rights.End().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace pql
