#include "tools/pql_load/load_run.h"

#include <sys/resource.h>

#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "tools/pql_load/driver.h"

namespace pql {
namespace {

double ProcessCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// The `index`th of `parts` shares of a whole; they differ by one at most.
size_t Share(size_t whole, size_t parts, size_t index) {
  return whole / parts + (index < whole % parts ? 1 : 0);
}

}  // namespace

LoadResult RunLoad(const LoadPlan& plan, const Requests& requests,
                   const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                   const std::function<void(grpc::ClientContext*)>& prepare) {
  const size_t threads = std::min({plan.threads, channels.size(), plan.concurrency});
  std::atomic<bool> answered{false};
  std::atomic<bool> stop{false};
  // So that all threads exist when it begins.
  const Instant begin = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
  const Window window{begin + plan.warm_up, begin + plan.warm_up + plan.duration};

  std::vector<std::optional<Tally>> tallies(threads);
  std::vector<std::thread> running;
  for (size_t i = 0; i < threads; ++i) {
    DriverSettings settings;
    for (size_t k = i; k < channels.size(); k += threads) settings.channels.push_back(channels[k]);
    settings.requests = &requests;
    settings.prepare = prepare;
    settings.pace.begin = begin;
    settings.pace.end = window.end;
    settings.pace.concurrency = Share(plan.concurrency, threads, i);
    if (plan.rate > 0) {
      // Thread by thread, each in turn.
      settings.pace.calls_a_second = plan.rate / static_cast<double>(threads);
      settings.pace.begin +=
          std::chrono::nanoseconds(static_cast<int64_t>(1e9 * static_cast<double>(i) / plan.rate));
    }
    settings.window = window;
    settings.timeout = plan.timeout;
    settings.answered = &answered;
    settings.stop = &stop;
    running.emplace_back([settings = std::move(settings), tally = &tallies[i]]() mutable {
      const bool streams = settings.requests->mode == Mode::kStream;
      *tally = (streams ? MakeStreamDriver : MakeUnaryDriver)(std::move(settings))->Run();
    });
  }
  std::this_thread::sleep_until(window.begin);
  if (plan.warm_up.count() > 0 && !answered.load()) stop.store(true);
  const double cpu_before = ProcessCpuSeconds();
  LoadResult result{Tally(window)};
  for (size_t i = 0; i < threads; ++i) {
    running[i].join();
    result.tally.Add(*tallies[i]);
  }
  result.cpu_seconds = ProcessCpuSeconds() - cpu_before;
  result.seconds = std::chrono::duration<double>(result.tally.last_end() - window.begin).count();
  return result;
}

}  // namespace pql
