// pql_load: how much a server takes, and how long it takes to answer.

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "tools/pql/console.h"
#include "tools/pql/remote/connection.h"
#include "tools/pql_load/account_source.h"
#include "tools/pql_load/load_run.h"
#include "tools/pql_load/report.h"
#include "tools/pql_load/requests.h"

namespace pql {
namespace {

constexpr char kFooter[] =
    "Examples:\n"
    "  pql_load slack --mode unary --concurrency 16 --duration 10s\n"
    "    as fast as 16 callers can, with made-up accounts (closed loop)\n"
    "  pql_load slack --accounts accounts.csv --rate 2000 --duration 1m\n"
    "    2,000 calls a second whatever the server does; latency counts from when a call was due\n"
    "  pql_load slack --mode batch --batch-size 100 --concurrency 4 --format json\n\n"
    "Exit status: 0 every request was answered, 1 some were not, 2 the run could not be made.\n"
    "tools/pql_load/README.md tells how to read what it prints.";
constexpr std::chrono::seconds kConnectTimeout{5};
constexpr absl::Duration kLongest = absl::Hours(24);
constexpr size_t kDefaultConcurrency = 16;
// In the open loop: enough that only a server that is in trouble comes to it.
constexpr size_t kDefaultOpenConcurrency = 1'024;

struct Options {
  std::string rule_set;
  std::string mode = "unary";
  std::string accounts = "generated";
  size_t batch_size = 100;
  size_t concurrency = 0;  // 0: as the loop has it
  std::string warm_up = "1s";
  std::string duration = "10s";
  std::string timeout = "5s";
  std::string format = "human";
  LoadPlan plan;
};

void AddOptions(CLI::App* app, Options* options) {
  const CLI::Range some(size_t{1}, size_t{100'000});
  app->add_option("RULESET", options->rule_set, "Id of the rule set")->required();
  app->add_option("--mode", options->mode, "What is called: unary, batch or stream")
      ->check(CLI::IsMember({"unary", "batch", "stream"}))
      ->capture_default_str();
  app->add_option("--accounts", options->accounts,
                  "CSV or JSON Lines file; generated: made up for the metrics of the rule set; "
                  "serve: those of the benchmarks, for the rule set in tools/pql_load/rules")
      ->capture_default_str()
      ->type_name("FILE");
  app->add_option("--batch-size", options->batch_size, "Accounts of a request in mode batch")
      ->check(some)
      ->capture_default_str();
  app->add_option("--concurrency", options->concurrency,
                  "Requests in flight, over all connections; with --rate, the most of them "
                  "(default: 16, with --rate 1024)")
      ->check(some);
  app->add_option("--connections", options->plan.connections,
                  "Connections to the server; in mode stream, each has one stream")
      ->check(some)
      ->capture_default_str();
  app->add_option("--threads", options->plan.threads, "Threads of this client")
      ->check(CLI::Range(size_t{1}, size_t{256}))
      ->capture_default_str();
  app->add_option("--rate", options->plan.rate,
                  "Requests a second, due at fixed times (open loop); without it each answer "
                  "brings the next request (closed loop)")
      ->check(CLI::Range(0.1, 1e7))
      ->type_name("N");
  app->add_option("--duration", options->duration, "How long, after the warm-up")
      ->capture_default_str()
      ->type_name("DURATION");
  app->add_option("--warm-up", options->warm_up, "What comes first and is not counted")
      ->capture_default_str()
      ->type_name("DURATION");
  app->add_option("--timeout", options->timeout, "Deadline of a request")
      ->capture_default_str()
      ->type_name("DURATION");
  app->add_option("--format", options->format, "human or json")
      ->check(CLI::IsMember({"human", "json"}))
      ->capture_default_str();
  app->footer(kFooter);
}

absl::StatusOr<std::chrono::nanoseconds> ParseSpan(std::string_view flag, const std::string& text,
                                                   bool zero_is_fine) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration < absl::ZeroDuration() ||
      duration > kLongest || (duration == absl::ZeroDuration() && !zero_is_fine)) {
    return absl::InvalidArgumentError(
        StrCat(flag, ": got `", text, "`, expected a duration such as 500ms, 10s or 2m"));
  }
  return absl::ToChronoNanoseconds(duration);
}

absl::Status Complete(Options* options) {
  PQL_ASSIGN_OR_RETURN(options->plan.duration, ParseSpan("--duration", options->duration, false));
  PQL_ASSIGN_OR_RETURN(options->plan.warm_up, ParseSpan("--warm-up", options->warm_up, true));
  PQL_ASSIGN_OR_RETURN(options->plan.timeout, ParseSpan("--timeout", options->timeout, false));
  options->plan.concurrency = options->concurrency;
  if (options->concurrency == 0) {
    options->plan.concurrency =
        options->plan.rate > 0 ? kDefaultOpenConcurrency : kDefaultConcurrency;
  }
  return absl::OkStatus();
}

Mode ModeOf(const Options& options) {
  for (const Mode mode : {Mode::kBatch, Mode::kStream}) {
    if (options.mode == ModeName(mode)) return mode;
  }
  return Mode::kUnary;
}

// Whether the first attempt was successful: an address where nobody listens is soon known.
bool IsConnected(grpc::Channel* channel, std::chrono::system_clock::time_point deadline) {
  grpc_connectivity_state state = channel->GetState(/*try_to_connect=*/true);
  while (state == GRPC_CHANNEL_IDLE || state == GRPC_CHANNEL_CONNECTING) {
    if (!channel->WaitForStateChange(state, deadline)) return false;
    state = channel->GetState(/*try_to_connect=*/true);
  }
  return state == GRPC_CHANNEL_READY;
}

absl::StatusOr<std::vector<std::shared_ptr<grpc::Channel>>> Connect(const Connection& connection,
                                                                    size_t count) {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  const auto deadline = std::chrono::system_clock::now() + kConnectTimeout;
  for (size_t i = 0; i < count; ++i) {
    channels.push_back(connection.NewChannel());
    if (!IsConnected(channels.back().get(), deadline)) {
      return absl::UnavailableError(
          StrCat("no connection to ", connection.server(), i == 0 ? "" : " any more",
                 "; is it running, and is it meant to be TLS (--tls, --ca-cert)?"));
    }
  }
  return channels;
}

// The exit status.
absl::StatusOr<int> Run(Options* options, Connection* connection) {
  PQL_RETURN_IF_ERROR(Complete(options));
  PQL_RETURN_IF_ERROR(connection->Open());
  PQL_ASSIGN_OR_RETURN(const auto channels, Connect(*connection, options->plan.connections));
  PQL_ASSIGN_OR_RETURN(const std::vector<v1::Account> accounts,
                       ReadAccountsForLoad(options->accounts, options->rule_set, *connection));
  const Requests requests =
      MakeRequests(ModeOf(*options), options->rule_set, accounts, options->batch_size);
  const LoadResult result =
      RunLoad(options->plan, requests, channels,
              [connection](grpc::ClientContext* context) { connection->PrepareStream(context); });
  const Tally& tally = result.tally;
  if (!tally.any_success()) {
    PQL_RETURN_IF_ERROR(connection->FromServer(tally.first_failure()));
    return absl::UnavailableError(StrCat(connection->server(), " has not answered a request"));
  }
  const ReportOn on{connection->server(), options->rule_set, &requests, &options->plan, &result};
  std::cout << (options->format == "json" ? JsonReport(on) : HumanReport(on));
  return tally.failed() + tally.unsent() > 0 ? kFindings : kFine;
}

}  // namespace
}  // namespace pql

int main(int argc, char** argv) {
  // Debian's Abseil looks for deadlocks at every lock that gRPC takes: a twentieth of this client's
  // time.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  CLI::App app("Sends load to a pqld and tells how much it takes and how long it takes to answer.",
               "pql_load");
  pql::Options options;
  pql::Connection connection;
  pql::AddOptions(&app, &options);
  connection.AddOptions(&app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? pql::kFine : pql::kFailure;
  }
  const absl::StatusOr<int> status = pql::Run(&options, &connection);
  if (status.ok()) return *status;
  std::cerr << "pql_load: " << status.status().message() << "\n";
  return pql::kFailure;
}
