#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pql/v1/evaluation_service.pb.h"
#include "tools/pql_load/driver.h"

namespace pql {
namespace {

using google::protobuf::internal::WireFormatLite;

// Whether the answer may have an error instead of a result, by its fields; nothing in them is read.
bool MayHaveError(grpc::ByteBuffer* answer) {
  grpc::ProtoBufferReader reader(answer);
  google::protobuf::io::CodedInputStream fields(&reader);
  while (const uint32_t tag = fields.ReadTag()) {
    if (WireFormatLite::GetTagFieldNumber(tag) == v1::StreamEvaluateResponse::kErrorFieldNumber) {
      return true;
    }
    if (!WireFormatLite::SkipField(&fields, tag)) return true;
  }
  return !fields.ConsumedEntireMessage();
}

grpc::Status StatusOf(grpc::ByteBuffer* answer) {
  if (!MayHaveError(answer)) return grpc::Status::OK;
  v1::StreamEvaluateResponse response;
  grpc::ProtoBufferReader reader(answer);
  if (!response.ParseFromZeroCopyStream(&reader)) {
    return {grpc::StatusCode::DATA_LOSS, "an answer that is no StreamEvaluateResponse"};
  }
  if (!response.has_error()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(response.error().code()), response.error().message()};
}

// A stream over one channel: opened with the first request, and anew after it has ended.  Answers
// come in the order of the requests.
class Stream {
 public:
  struct Event {
    Stream* stream;
    void (Stream::*handle)(bool ok);
  };
  // A request has ended.
  using OnEnded = std::function<void(Instant due, const grpc::Status& status)>;

  Stream(const DriverSettings* settings, const std::shared_ptr<grpc::Channel>& channel,
         grpc::CompletionQueue* queue, OnEnded on_ended)
      : settings_(*settings), stub_(channel), queue_(queue), on_ended_(std::move(on_ended)) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void Send(Instant due, size_t turn) {
    waiting_.push_back({due, turn});
    if (state_ == State::kClosed) {
      Open();
    } else {
      WriteNext();
    }
  }

  bool closed() const { return state_ == State::kClosed; }
  void Cancel() {
    if (!closed()) context_->TryCancel();
  }
  // Nothing more is sent.
  void Close() {
    if (state_ != State::kOpen) return;
    state_ = State::kEnding;
    rw_->WritesDone(&wrote_last_);
  }

 private:
  enum class State { kClosed, kOpening, kOpen, kEnding, kFinishing };
  struct Request {
    Instant due;
    size_t turn;
  };

  void Open() {
    state_ = State::kOpening;
    has_opened_ = false;
    context_.emplace();
    // As for a call of its own, from when the last message can be sent.
    const auto left = settings_.pace.end - std::chrono::steady_clock::now();
    context_->set_deadline(
        std::chrono::system_clock::now() +
        std::chrono::duration_cast<std::chrono::microseconds>(left) +
        std::chrono::duration_cast<std::chrono::microseconds>(settings_.timeout));
    settings_.prepare(&*context_);
    rw_ = stub_.PrepareCall(&*context_, settings_.requests->method, queue_);
    rw_->StartCall(&started_);
  }

  void OnStarted(bool ok) {
    if (!ok) return Finish();
    state_ = State::kOpen;
    rw_->Read(&answer_, &read_);
    WriteNext();
  }

  void WriteNext() {
    if (state_ != State::kOpen || writing_ || waiting_.empty()) return;
    const Request request = waiting_.front();
    waiting_.pop_front();
    sent_.push_back(request.due);
    const auto& bytes = has_opened_ ? settings_.requests->bytes : settings_.requests->opening;
    has_opened_ = true;
    writing_ = true;
    rw_->Write(bytes[request.turn % bytes.size()], &wrote_);
  }

  void OnWritten(bool ok) {
    writing_ = false;
    // A write that fails is followed by a read that fails.
    if (ok) WriteNext();
    if (state_ == State::kFinishing && !finish_begun_) Finish();
  }

  void OnWrittenLast(bool /*ok*/) {}

  void OnRead(bool ok) {
    if (ok && sent_.empty()) Cancel();  // what nobody asked for
    if (!ok || sent_.empty()) return Finish();
    const Instant due = sent_.front();
    sent_.pop_front();
    const grpc::Status status = StatusOf(&answer_);
    rw_->Read(&answer_, &read_);
    on_ended_(due, status);
  }

  // Asks for the status, once no write is under way.
  void Finish() {
    state_ = State::kFinishing;
    if (writing_) return;
    finish_begun_ = true;
    rw_->Finish(&status_, &finished_);
  }

  // What was not answered shares the fate of the stream.
  void OnFinished(bool /*ok*/) {
    state_ = State::kClosed;
    finish_begun_ = false;
    rw_.reset();  // it lies in the memory of the call, which goes with the context
    if (status_.ok()) {
      status_ = {grpc::StatusCode::UNAVAILABLE, "the server ended the stream without an answer"};
    }
    std::deque<Instant> lost = std::exchange(sent_, {});
    for (const Request& request : std::exchange(waiting_, {})) lost.push_back(request.due);
    for (const Instant due : lost) on_ended_(due, status_);
  }

  const DriverSettings& settings_;
  grpc::GenericStub stub_;
  grpc::CompletionQueue* const queue_;
  const OnEnded on_ended_;
  Event started_{this, &Stream::OnStarted};
  Event wrote_{this, &Stream::OnWritten};
  Event wrote_last_{this, &Stream::OnWrittenLast};
  Event read_{this, &Stream::OnRead};
  Event finished_{this, &Stream::OnFinished};
  State state_ = State::kClosed;
  bool has_opened_ = false;  // its first message has been sent
  bool writing_ = false;     // at most one at a time
  bool finish_begun_ = false;
  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> rw_;
  grpc::ByteBuffer answer_;
  grpc::Status status_;
  std::deque<Request> waiting_;
  std::deque<Instant> sent_;  // when those were due that are not answered yet
};

class StreamDriver final : public Driver {
 public:
  explicit StreamDriver(DriverSettings settings) : Driver(std::move(settings)) {
    for (const auto& channel : this->settings().channels) {
      streams_.push_back(std::make_unique<Stream>(
          &this->settings(), channel, &queue(),
          [this](Instant due, const grpc::Status& status) { Ended(due, status); }));
    }
  }

 private:
  void Begin(Instant due) override {
    const size_t turn = NextTurn();
    streams_[turn % streams_.size()]->Send(due, turn);
  }
  void Handle(void* tag, bool ok) override {
    const auto* event = static_cast<Stream::Event*>(tag);
    (event->stream->*event->handle)(ok);
  }
  void Close() override {
    for (const auto& stream : streams_) stream->Close();
  }
  bool IsClosed() const override {
    return std::all_of(streams_.begin(), streams_.end(),
                       [](const auto& stream) { return stream->closed(); });
  }
  void Cancel() override {
    for (const auto& stream : streams_) stream->Cancel();
  }

  std::vector<std::unique_ptr<Stream>> streams_;
};

}  // namespace

std::unique_ptr<Driver> MakeStreamDriver(DriverSettings settings) {
  return std::make_unique<StreamDriver>(std::move(settings));
}

}  // namespace pql
