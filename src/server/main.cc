// pqld: the rules server.

#include <pthread.h>

#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/strings.h"
#include "server/library_log.h"
#include "server/log.h"
#include "server/options.h"
#include "server/server.h"

namespace {

constexpr int kUsageOrStartFailed = 2;

// Blocked in all threads, so that the main thread receives them with sigwait.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace

int main(int argc, char** argv) {
  const sigset_t signals = BlockSignals();
  const auto parsed = pql::ParseOptions(std::vector<std::string>(argv + 1, argv + argc));
  if (!parsed.ok()) {
    std::cerr << "pqld: " << parsed.status().message() << "\n";
    return kUsageOrStartFailed;
  }
  if (!parsed->text.empty()) {
    std::cout << parsed->text;
    return 0;
  }
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
  (*server)->Stop();
  return 0;
}
