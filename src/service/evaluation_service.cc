#include "service/evaluation_service.h"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace pql {
namespace {

// That this process may use, which may be fewer than there are: more queues than cores would only
// take the network's events from each other.
size_t CountCores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof(cores), &cores) == 0) return CPU_COUNT(&cores);
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

void EvaluationServiceImpl::AddTo(grpc::ServerBuilder* builder) {
  builder->RegisterService(&service_);
  const size_t threads = CountCores();
  for (size_t i = 0; i < threads; ++i) {
    queues_.push_back(
        std::make_unique<EvaluationQueue>(engine_, &service_, builder->AddCompletionQueue()));
  }
}

void EvaluationServiceImpl::Start() {
  for (const auto& queue : queues_) queue->Start();
}

void EvaluationServiceImpl::EndStreams() {
  engine_->streams().Drain();
  for (const auto& queue : queues_) queue->DrainStreams();
}

void EvaluationServiceImpl::Stop() {
  for (const auto& queue : queues_) queue->Stop();
}

}  // namespace pql
