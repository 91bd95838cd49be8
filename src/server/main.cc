// pqld: the rules server.

#include <pthread.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/strings.h"
#include "server/descriptor_limit.h"
#include "server/library_log.h"
#include "server/log.h"
#include "server/options.h"
#include "server/server.h"

namespace {

constexpr int kStoppedAtOnce = 1;
constexpr int kUsageOrStartFailed = 2;
// A Ctrl-C that comes sooner is taken for the first signal: who starts a server may pass it on.
constexpr std::chrono::seconds kSameSignal{1};

// Blocked in all threads, so that the main thread receives them with sigwait.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// While the server drains: a Ctrl-C (SIGINT) ends the process as it is.  What was acknowledged is
// durable; callers whose calls run lose their connections.  Another SIGTERM, as supervisors send,
// loses nobody's call: the drain goes on.
void StopAtOnceOnInterrupt(const sigset_t& signals, pql::Log* log) {
  std::thread([signals, log, begin = std::chrono::steady_clock::now()] {
    int signal = SIGHUP;
    while (signal != SIGINT || std::chrono::steady_clock::now() - begin < kSameSignal) {
      if (sigwait(&signals, &signal) != 0) return;
      if (signal == SIGTERM) log->Info("stopping already; SIGINT stops at once");
    }
    log->Write(pql::LogLevel::kWarning, "stopped at once, by an interrupt");
    std::_Exit(kStoppedAtOnce);
  }).detach();
}

}  // namespace

int main(int argc, char** argv) {
  const sigset_t signals = BlockSignals();
  // Debian's Abseil looks for deadlocks at every lock that gRPC takes, a twentieth of a call's
  // time.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // A file that may not grow any more is an error of who writes it, not the end of the server.
  std::signal(SIGXFSZ, SIG_IGN);
  const auto parsed = pql::ParseOptions(std::vector<std::string>(argv + 1, argv + argc));
  if (!parsed.ok()) {
    std::cerr << "pqld: " << parsed.status().message() << "\n";
    return kUsageOrStartFailed;
  }
  if (!parsed->text.empty()) {
    std::cout << parsed->text;
    return 0;
  }
  pql::RaiseDescriptorLimit();
  // Lives as long as the process: threads of gRPC may still write when main has returned.
  auto& log = *new pql::Log(parsed->options.log_format, &pql::Clock::System(), &std::cerr);
  pql::TakeOverLibraryLogs(&log);
  const auto server = pql::Server::Start(parsed->options, &pql::Clock::System(), &log);
  if (!server.ok()) {
    log.Error("cannot start", {{"error", std::string(server.status().message())}});
    return kUsageOrStartFailed;
  }
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) (*server)->RequestReload();
  StopAtOnceOnInterrupt(signals, &log);
  (*server)->Stop();
  return 0;
}
