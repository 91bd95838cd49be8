#include "tools/pql_load/stand_in.h"

#include <grpc/grpc.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <pthread.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"

namespace pql {
namespace {

constexpr std::chrono::seconds kGrace{1};
constexpr int kCannotServe = 2;

}  // namespace

int RunStandIn(StandIn* server, const char* name, const char* description, int argc, char** argv) {
  // Blocked in all threads, so that this one receives them with sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as pqld

  CLI::App app(description, name);
  std::string listen = "localhost:50052";
  app.add_option("--listen", listen, "HOST:PORT to serve on; port 0 takes a free one")
      ->capture_default_str()
      ->type_name("ADDRESS");
  server->AddOptions(&app);
  CLI11_PARSE(app, argc, argv);

  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  server->Register(&builder);
  const std::unique_ptr<grpc::Server> running = builder.BuildAndStart();
  if (running == nullptr || port == 0) {
    std::cerr << name << ": cannot listen on " << listen << "\n";
    return kCannotServe;
  }
  server->Start();
  const std::string host = listen.substr(0, listen.rfind(':'));
  std::cerr << "serving address=" << host << ":" << port << " port=" << port << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  running->Shutdown(std::chrono::system_clock::now() + kGrace);
  server->Stop();
  return 0;
}

}  // namespace pql
