#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tools/pql_load/driver.h"

namespace pql {
namespace {

// Used again and again; the address is the tag.
struct Call {
  Instant due;
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer response;
  grpc::Status status;
};

class UnaryDriver final : public Driver {
 public:
  explicit UnaryDriver(DriverSettings settings) : Driver(std::move(settings)) {
    for (const auto& channel : this->settings().channels) stubs_.emplace_back(channel);
  }

 private:
  void Begin(Instant due) override {
    if (free_.empty()) {
      calls_.push_back(std::make_unique<Call>());
      free_.push_back(calls_.back().get());
    }
    Call* const call = free_.back();
    free_.pop_back();
    call->due = due;
    call->context.emplace();
    call->context->set_deadline(std::chrono::system_clock::now() + settings().timeout);
    settings().prepare(&*call->context);
    const size_t turn = NextTurn();
    call->reader = stubs_[turn % stubs_.size()].PrepareUnaryCall(
        &*call->context, requests().method, requests().bytes[turn % requests().bytes.size()],
        &queue());
    call->reader->StartCall();
    call->reader->Finish(&call->response, &call->status, call);
  }

  void Handle(void* tag, bool /*ok*/) override {
    Call* const call = static_cast<Call*>(tag);
    Ended(call->due, call->status);
    call->reader.reset();
    call->response.Clear();
    free_.push_back(call);
  }

  void Cancel() override {
    for (const auto& call : calls_) {
      if (call->reader != nullptr) call->context->TryCancel();
    }
  }

  std::vector<grpc::GenericStub> stubs_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<Call*> free_;
};

}  // namespace

std::unique_ptr<Driver> MakeUnaryDriver(DriverSettings settings) {
  return std::make_unique<UnaryDriver>(std::move(settings));
}

}  // namespace pql
