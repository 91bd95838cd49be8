#include "server/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/file_system.h"
#include "base/loopback.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "server/limit_flags.h"

namespace pql {
namespace {

constexpr size_t kMaxFlagFileBytes = 1 << 20;
constexpr std::string_view kFlagFile = "--flagfile";

constexpr char kDescription[] =
    "Decides over gRPC which accounts are product-qualified leads, by the rules in a directory.";
constexpr char kFooter[] =
    "Example:\n"
    "  pqld --rules=rules --listen=localhost:50051\n\n"
    "Every subdirectory of --rules with *.pql files is a rule set. Changed files are taken into\n"
    "force as they come; what does not compile leaves the last good version in force. Callers\n"
    "change rules too (`pql push`); --store keeps every revision of both.\n"
    "Signals: SIGTERM and SIGINT (Ctrl-C) drain and stop; another Ctrl-C, a second later or more,\n"
    "stops at once. SIGHUP reads the rules, the access file and the certificates again.\n"
    "Exit status: 0 stopped, calls that ran were answered or had --drain-timeout; 1 stopped at "
    "once;\n"
    "2 could not start.";

// Flags from a file, one a line as on the command line; blank lines and lines from `#` are skipped.
absl::StatusOr<std::vector<std::string>> ReadFlagFile(const std::string& path) {
  PQL_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxFlagFileBytes));
  std::vector<std::string> flags;
  int number = 0;
  for (const absl::string_view raw : absl::StrSplit(text, '\n')) {
    ++number;
    const std::string line(FromAbsl(absl::StripAsciiWhitespace(raw)));
    if (line.empty() || line.front() == '#') continue;
    if (!line.starts_with("--") || line.starts_with(kFlagFile)) {
      return absl::InvalidArgumentError(
          StrCat(path, ":", number, ": got `", line,
                 "`, expected a flag such as --listen=localhost:50051"));
    }
    flags.push_back(line);
  }
  return flags;
}

absl::StatusOr<std::vector<std::string>> ExpandFlagFiles(
    const std::vector<std::string>& arguments) {
  std::vector<std::string> expanded;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument != kFlagFile && !argument.starts_with(StrCat(kFlagFile, "="))) {
      expanded.push_back(argument);
      continue;
    }
    std::string path;
    if (argument != kFlagFile) {
      path = argument.substr(kFlagFile.size() + 1);
    } else if (++i < arguments.size()) {
      path = arguments[i];
    }
    if (path.empty()) return absl::InvalidArgumentError("--flagfile needs the path of a file");
    PQL_ASSIGN_OR_RETURN(const std::vector<std::string> flags, ReadFlagFile(path));
    expanded.insert(expanded.end(), flags.begin(), flags.end());
  }
  return expanded;
}

// As the rules language has durations (`1d12h`), or with `ms`, which it does not have.
absl::StatusOr<absl::Duration> ParseSpan(std::string_view flag, const std::string& text) {
  absl::Duration span;
  bool is_valid = true;
  if (const std::optional<int64_t> micros = ParseDuration(text)) {
    span = absl::Microseconds(*micros);
  } else {
    is_valid = absl::ParseDuration(text, &span) && span < absl::InfiniteDuration();
  }
  if (is_valid && span >= absl::ZeroDuration()) return span;
  return absl::InvalidArgumentError(
      StrCat(flag, ": got `", text, "`, expected a duration such as 250ms, 30s or 2m"));
}

// The texts of flags whose values CLI11 does not know.
struct RawOptions {
  std::string drain_timeout = "30s";
  std::map<std::string, std::string> limits;  // durations, by flag
  std::string log_format = "text";
  std::string log_requests = "errors";
  std::string slow_request = "1s";
  bool version = false;
};

void AddLimits(CLI::App* app, Limits* limits, RawOptions* raw) {
  for (const LimitFlag& limit : LimitFlags()) {
    CLI::Option* option = nullptr;
    if (limit.number != nullptr) {
      option = app->add_option(limit.flag, limits->*limit.number, limit.help)
                   ->check(CLI::Range(limit.least, limit.most));
    } else {
      std::string& text = raw->limits[limit.flag];
      text = FormatDuration(absl::ToInt64Microseconds(limits->*limit.duration));
      option = app->add_option(limit.flag, text, limit.help)->type_name("DURATION");
    }
    option->capture_default_str()->group("Limits");
  }
}

void AddFlags(CLI::App* app, ServerOptions* options, RawOptions* raw) {
  app->add_option("--rules", options->rules, "directory of rule sets, followed for changes")
      ->type_name("DIR");
  app->add_option(
         "--store", options->store,
         "where the history of the rules is kept: sqlite:PATH, postgres:CONNINFO or memory; "
         "an SQLite file rules.db in the state directory unless given")
      ->type_name("STORE");
  app->add_option("--plugin", options->plugins, "shared object with functions; repeatable")
      ->type_name("PATH")
      ->allow_extra_args(false);
  app->add_option("--listen", options->listen, "HOST:PORT to serve on; port 0 takes a free one")
      ->capture_default_str()
      ->type_name("ADDRESS");
  app->add_flag("--insecure", options->insecure,
                "allow plain text on an address that is not loopback");
  app->add_option(
         "--tls-cert", options->tls.cert,
         "the server's certificate and its chain, PEM; followed for changes, as the next two")
      ->type_name("PATH");
  app->add_option("--tls-key", options->tls.key, "its private key, PEM")->type_name("PATH");
  app->add_option("--tls-client-ca", options->tls.client_ca,
                  "who signs client certificates, PEM; asks clients for one")
      ->type_name("PATH");
  app->add_option("--access-file", options->access_file,
                  "who may do what: identities, tokens and roles; followed for changes")
      ->type_name("PATH");
  app->add_option("--metrics-address", options->metrics_address,
                  "HOST:PORT for Prometheus to scrape at /metrics, or off")
      ->capture_default_str()
      ->type_name("ADDRESS");
  app->add_option("--drain-timeout", raw->drain_timeout,
                  "how long running calls may take to end at shutdown")
      ->capture_default_str()
      ->type_name("DURATION");
  app->add_option("--log-format", raw->log_format, "of the log on standard error: text, json")
      ->capture_default_str();
  app->add_option("--log-requests", raw->log_requests,
                  "which calls get a line in the log: off, errors, or sample:RATE for errors and a "
                  "share of the others, as in sample:0.01")
      ->capture_default_str()
      ->type_name("WHICH");
  app->add_option("--slow-request", raw->slow_request,
                  "a call that takes longer gets a line, too, unless that is off; 0s: none does")
      ->capture_default_str()
      ->type_name("DURATION");
  app->add_option("--flagfile", "file with one flag a line")->type_name("PATH");
  app->add_flag("--version", raw->version, "print the version and exit");
  AddLimits(app, &options->limits, raw);
}

absl::Status CheckAddress(std::string_view flag, const std::string& address,
                          std::string_view example) {
  const size_t colon = address.rfind(':');
  int port = -1;
  if (colon != std::string::npos && colon > 0 &&
      absl::SimpleAtoi(address.substr(colon + 1), &port) && port >= 0 && port <= 65535) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      StrCat(flag, ": got `", address, "`, expected HOST:PORT such as ", example));
}

absl::Status CheckAddresses(const ServerOptions& options) {
  PQL_RETURN_IF_ERROR(CheckAddress("--listen", options.listen, "localhost:50051"));
  if (options.metrics_address != kNoMetrics) {
    PQL_RETURN_IF_ERROR(
        CheckAddress("--metrics-address", options.metrics_address, "localhost:9464"));
    // The library that serves them comes without IPv6.
    if (options.metrics_address.front() == '[') {
      return absl::InvalidArgumentError(
          StrCat("--metrics-address: got `", options.metrics_address,
                 "`, expected an IPv4 address or the name of a host"));
    }
  }
  const TlsOptions& tls = options.tls;
  if (tls.cert.empty() != tls.key.empty()) {
    return absl::InvalidArgumentError("--tls-cert and --tls-key go together");
  }
  if (!tls.client_ca.empty() && tls.cert.empty()) {
    return absl::InvalidArgumentError("--tls-client-ca needs --tls-cert and --tls-key");
  }
  if (tls.cert.empty() && !options.insecure && !IsLoopback(options.listen)) {
    return absl::InvalidArgumentError(
        StrCat("--listen: `", options.listen,
               "` can be reached from other machines; give --tls-cert and --tls-key, listen on "
               "localhost, or add --insecure to serve it in plain text"));
  }
  return absl::OkStatus();
}

absl::StatusOr<RequestLogPolicy> ToRequestLogPolicy(const RawOptions& raw) {
  constexpr std::string_view kSample = "sample:";
  RequestLogPolicy policy;
  const std::string& which = raw.log_requests;
  if (which.starts_with(kSample)) {
    if (!absl::SimpleAtod(which.substr(kSample.size()), &policy.sample_rate) ||
        !(policy.sample_rate >= 0 && policy.sample_rate <= 1)) {
      return absl::InvalidArgumentError(StrCat(
          "--log-requests: got `", which, "`, expected a share from 0 to 1 as in sample:0.01"));
    }
  } else if (which == "off") {
    policy.log = false;
  } else if (which != "errors") {
    return absl::InvalidArgumentError(
        StrCat("--log-requests: got `", which, "`, expected off, errors or sample:RATE"));
  }
  PQL_ASSIGN_OR_RETURN(const absl::Duration slow, ParseSpan("--slow-request", raw.slow_request));
  policy.slow.reset();
  if (slow > absl::ZeroDuration()) policy.slow = absl::ToChronoNanoseconds(slow);
  return policy;
}

absl::Status Check(const RawOptions& raw, ServerOptions* options) {
  PQL_ASSIGN_OR_RETURN(options->drain_timeout, ParseSpan("--drain-timeout", raw.drain_timeout));
  for (const LimitFlag& limit : LimitFlags()) {
    if (limit.duration == nullptr) continue;
    PQL_ASSIGN_OR_RETURN(options->limits.*limit.duration,
                         ParseSpan(limit.flag, raw.limits.at(limit.flag)));
  }
  if (raw.log_format != "text" && raw.log_format != "json") {
    return absl::InvalidArgumentError(
        StrCat("--log-format: got `", raw.log_format, "`, expected text or json"));
  }
  PQL_ASSIGN_OR_RETURN(options->request_log, ToRequestLogPolicy(raw));
  options->log_format = raw.log_format == "json" ? LogFormat::kJson : LogFormat::kText;
  if (!options->rules.empty() && !IsDirectory(options->rules)) {
    return absl::InvalidArgumentError(
        StrCat("--rules: `", options->rules, "` is not a directory that can be read"));
  }
  return CheckAddresses(*options);
}

}  // namespace

absl::StatusOr<ParsedOptions> ParseOptions(const std::vector<std::string>& arguments) {
  PQL_ASSIGN_OR_RETURN(std::vector<std::string> flags, ExpandFlagFiles(arguments));
  ParsedOptions parsed;
  RawOptions raw;
  CLI::App app(kDescription, "pqld");
  app.footer(kFooter);
  AddFlags(&app, &parsed.options, &raw);
  std::reverse(flags.begin(), flags.end());  // as CLI11 takes them
  try {
    app.parse(flags);
  } catch (const CLI::CallForHelp&) {
    parsed.text = app.help();
    return parsed;
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(StrCat(error.what(), "; pqld --help lists the flags"));
  }
  if (raw.version) {
    parsed.text = StrCat("pqld ", PQL_VERSION, "\n");
    return parsed;
  }
  parsed.options.metrics_asked_for = app.count("--metrics-address") > 0;
  PQL_RETURN_IF_ERROR(Check(raw, &parsed.options));
  return parsed;
}

}  // namespace pql
