// floor_server: what gRPC itself costs.  Completion queue, one thread, bytes in and bytes out:
// nothing is parsed, every answer is ready.

#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <string>
#include <thread>

#include "pql/v1/evaluation_service.grpc.pb.h"
#include "tools/pql_load/message_bytes.h"
#include "tools/pql_load/serve_workload.h"
#include "tools/pql_load/stand_in.h"

namespace pql {
namespace {

using RawService = v1::EvaluationService::WithRawMethod_Evaluate<
    v1::EvaluationService::WithRawMethod_BatchEvaluate<
        v1::EvaluationService::WithRawMethod_StreamEvaluate<v1::EvaluationService::Service>>>;

// The answers as bytes.
struct Answers {
  grpc::ByteBuffer evaluate;
  grpc::ByteBuffer batch;
  grpc::ByteBuffer stream;
};

// With ids as long as those of the workload.
Answers MakeAnswers(size_t batch_size) {
  constexpr char kId[] = "a000";
  Answers answers;
  v1::StreamEvaluateResponse one;
  SetTypicalAnswer(one.mutable_response());
  one.mutable_response()->mutable_evaluation()->set_account_id(kId);
  answers.evaluate = BytesOf(one.response());
  answers.stream = BytesOf(one);
  v1::BatchEvaluateResponse batch;
  for (size_t i = 0; i < batch_size; ++i) *batch.add_evaluations() = one.response().evaluation();
  SetTypicalOrigin(&batch);
  answers.batch = BytesOf(batch);
  return answers;
}

// A call, and the tag of everything that happens to it; frees itself at its end.
class Call {
 public:
  virtual ~Call() = default;
  virtual void Proceed(bool ok) = 0;
};

class UnaryCall final : public Call {
 public:
  // A method of RawService that waits for the next call.
  using Accept = void (RawService::*)(grpc::ServerContext*, grpc::ByteBuffer*,
                                      grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>*,
                                      grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*);

  UnaryCall(RawService* service, grpc::ServerCompletionQueue* queue, Accept accept,
            const grpc::ByteBuffer* answer)
      : service_(service), queue_(queue), accept_(accept), answer_(answer), writer_(&context_) {
    (service->*accept)(&context_, &request_, &writer_, queue, queue, this);
  }

  void Proceed(bool ok) override {
    if (answered_ || !ok) {
      delete this;
      return;
    }
    new UnaryCall(service_, queue_, accept_, answer_);
    answered_ = true;
    writer_.Finish(*answer_, grpc::Status::OK, this);
  }

 private:
  RawService* const service_;
  grpc::ServerCompletionQueue* const queue_;
  const Accept accept_;
  const grpc::ByteBuffer* const answer_;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> writer_;
  bool answered_ = false;
};

// Reads, answers, reads.
class StreamCall final : public Call {
 public:
  StreamCall(RawService* service, grpc::ServerCompletionQueue* queue,
             const grpc::ByteBuffer* answer)
      : service_(service), queue_(queue), answer_(answer), stream_(&context_) {
    service->RequestStreamEvaluate(&context_, &stream_, queue, queue, this);
  }

  void Proceed(bool ok) override {
    switch (state_) {
      case State::kWaiting:
        if (!ok) break;
        new StreamCall(service_, queue_, answer_);
        return Read();
      case State::kReading:
        if (!ok) return Finish();
        state_ = State::kWriting;
        return stream_.Write(*answer_, this);
      case State::kWriting:
        return ok ? Read() : Finish();
      case State::kFinishing:
        break;
    }
    delete this;
  }

 private:
  enum class State { kWaiting, kReading, kWriting, kFinishing };

  void Read() {
    state_ = State::kReading;
    stream_.Read(&request_, this);
  }
  void Finish() {
    state_ = State::kFinishing;
    stream_.Finish(grpc::Status::OK, this);
  }

  RawService* const service_;
  grpc::ServerCompletionQueue* const queue_;
  const grpc::ByteBuffer* const answer_;
  State state_ = State::kWaiting;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> stream_;
};

class FloorServer final : public StandIn {
 public:
  void AddOptions(CLI::App* app) override {
    app->add_option("--batch-size", batch_size_, "accounts that a batch is answered for")
        ->capture_default_str();
  }

  void Register(grpc::ServerBuilder* builder) override {
    answers_ = MakeAnswers(batch_size_);
    builder->RegisterService(&service_);
    queue_ = builder->AddCompletionQueue();
  }

  void Start() override {
    new UnaryCall(&service_, queue_.get(), &RawService::RequestEvaluate, &answers_.evaluate);
    new UnaryCall(&service_, queue_.get(), &RawService::RequestBatchEvaluate, &answers_.batch);
    new StreamCall(&service_, queue_.get(), &answers_.stream);
    thread_ = std::thread([this] {
      void* tag = nullptr;
      bool ok = false;
      while (queue_->Next(&tag, &ok)) static_cast<Call*>(tag)->Proceed(ok);
    });
  }

  void Stop() override {
    queue_->Shutdown();
    thread_.join();
  }

 private:
  size_t batch_size_ = 100;
  Answers answers_;
  RawService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::thread thread_;
};

}  // namespace
}  // namespace pql

int main(int argc, char** argv) {
  pql::FloorServer server;
  return pql::RunStandIn(&server, "floor_server",
                         "Takes the calls of pqld's EvaluationService and answers each with the "
                         "same bytes, unread.",
                         argc, argv);
}
