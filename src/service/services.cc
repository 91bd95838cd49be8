#include "service/services.h"

#include <sched.h>

#include <algorithm>
#include <thread>
#include <utility>

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

Services::Services(Engine* engine, std::string version)
    : engine_(engine), version_(std::move(version)) {}

std::vector<CallKind> Services::Kinds() {
  std::vector<CallKind> kinds = EvaluationCalls(&evaluation_);
  const auto add = [&kinds](std::vector<CallKind> more) {
    std::move(more.begin(), more.end(), std::back_inserter(kinds));
  };
  add(RuleCalls(engine_, &rule_));
  add({StatusCalls(engine_, version_, &status_)});
  add(HealthCalls(&health_, &health_service_));
  return kinds;
}

void Services::AddTo(grpc::ServerBuilder* builder) {
  for (grpc::Service* service :
       std::initializer_list<grpc::Service*>{&evaluation_, &rule_, &status_, &health_service_}) {
    builder->RegisterService(service);
  }
  const std::vector<CallKind> kinds = Kinds();
  const size_t threads = CountCores();
  for (size_t i = 0; i < threads; ++i) {
    queues_.push_back(std::make_unique<CallQueue>(engine_, kinds, builder->AddCompletionQueue()));
  }
}

void Services::Start() {
  for (const auto& queue : queues_) queue->Start();
}

void Services::SetServing(bool serving) {
  for (const char* service :
       {"", v1::EvaluationService::service_full_name(), v1::RuleService::service_full_name(),
        v1::StatusService::service_full_name()}) {
    health_.Set(service, serving);
  }
}

void Services::EndStreams() {
  engine_->streams().Drain();
  for (const auto& queue : queues_) queue->Drain();
}

void Services::Stop() {
  for (const auto& queue : queues_) queue->Stop();
}

}  // namespace pql
