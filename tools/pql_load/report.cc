#include "tools/pql_load/report.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

using Nanos = LatencyHistogram::Duration;

struct Percentile {
  const char* name;
  double share;
};
constexpr Percentile kShares[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}};

double Micros(Nanos duration) { return static_cast<double>(duration.count()) / 1e3; }
double Seconds(Nanos duration) { return static_cast<double>(duration.count()) / 1e9; }

// Three digits, in the unit that suits it: `0.482 ms`, `12.3 s`.
std::string Span(Nanos duration) {
  const double micros = Micros(duration);
  const auto digits = [](double number) { return number < 10 ? 2 : number < 100 ? 1 : 0; };
  if (micros < 1e3) return absl::StrFormat("%.*f us", digits(micros), micros);
  if (micros < 1e6) return absl::StrFormat("%.*f ms", digits(micros / 1e3), micros / 1e3);
  return absl::StrFormat("%.*f s", digits(micros / 1e6), micros / 1e6);
}

// 1,234,567.
std::string Grouped(double number) {
  std::string text = absl::StrFormat("%.0f", number);
  for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string Counted(uint64_t number, std::string_view noun) {
  return StrCat(Grouped(static_cast<double>(number)), " ", noun, number == 1 ? "" : "s");
}

double ARate(uint64_t count, double seconds) { return static_cast<double>(count) / seconds; }

}  // namespace

std::string_view ModeName(Mode mode) {
  switch (mode) {
    case Mode::kUnary:
      return "unary";
    case Mode::kBatch:
      return "batch";
    case Mode::kStream:
      return "stream";
  }
  return "";
}

std::string HumanReport(const ReportOn& on) {
  const LoadPlan& plan = *on.plan;
  const LoadResult& result = *on.result;
  const Tally& tally = result.tally;
  const Requests& requests = *on.requests;
  std::string text =
      StrCat(ModeName(requests.mode), " on ", on.server, ", rule set ", on.rule_set, ": ",
             plan.rate > 0
                 ? absl::StrFormat("%s requests a second asked for, at most ", Grouped(plan.rate))
                 : std::string("closed loop, "),
             plan.concurrency, " in flight, ", Counted(plan.connections, "connection"),
             absl::StrFormat(", %.0f bytes a request, %.1f s\n\n", requests.mean_size,
                             Seconds(plan.duration)));
  StrAppend(&text, "answered  ", Counted(tally.ok(), "request"), ", ",
            Grouped(ARate(tally.ok(), result.seconds)), " a second");
  if (requests.accounts_each > 1) {
    StrAppend(&text, "; ", Grouped(ARate(tally.accounts(), result.seconds)), " accounts a second");
  }
  StrAppend(&text, "\nlatency   ");
  for (const Percentile& share : kShares) {
    StrAppend(&text, share.name, " ", Span(tally.latency().Quantile(share.share)), "  ");
  }
  StrAppend(&text, "max ", Span(tally.latency().max()), "\n");
  for (const auto& [code, failures] : tally.failures()) {
    StrAppend(&text, "failed    ", Grouped(static_cast<double>(failures.count)), " ",
              CodeName(code), ": ", EscapeUnprintable(failures.message), "\n");
  }
  if (tally.unsent() > 0) {
    StrAppend(&text, "not made  ", Counted(tally.unsent(), "request"),
              ": due while all that may be in flight were\n");
  }
  if (plan.rate > 0) {
    StrAppend(&text, "began     p99 ", Span(tally.delay().Quantile(0.99)), " after it was due\n");
  }
  StrAppend(&text, "client    ", absl::StrFormat("%.2f", result.cpu_seconds / result.seconds),
            " of a core\n");
  return text;
}

std::string JsonReport(const ReportOn& on) {
  const LoadPlan& plan = *on.plan;
  const LoadResult& result = *on.result;
  const Tally& tally = result.tally;
  nlohmann::ordered_json json;
  json["mode"] = ModeName(on.requests->mode);
  json["server"] = on.server;
  json["ruleSet"] = on.rule_set;
  json["connections"] = plan.connections;
  json["threads"] = plan.threads;
  json["concurrency"] = plan.concurrency;
  if (plan.rate > 0) json["askedRate"] = plan.rate;
  json["warmUpSeconds"] = Seconds(plan.warm_up);
  json["seconds"] = result.seconds;
  json["requestBytes"] = std::round(on.requests->mean_size);
  json["accountsPerRequest"] = on.requests->accounts_each;
  json["answered"] = tally.ok();
  json["failed"] = tally.failed();
  json["unsent"] = tally.unsent();
  json["requestsPerSecond"] = ARate(tally.ok(), result.seconds);
  json["accountsPerSecond"] = ARate(tally.accounts(), result.seconds);
  nlohmann::ordered_json& latency = json["latencyMicros"];
  latency["mean"] = Micros(tally.latency().mean());
  for (const Percentile& share : kShares) {
    latency[share.name] = Micros(tally.latency().Quantile(share.share));
  }
  latency["max"] = Micros(tally.latency().max());
  json["delayMicros"] = {{"p50", Micros(tally.delay().Quantile(0.5))},
                         {"p99", Micros(tally.delay().Quantile(0.99))}};
  json["errors"] = nlohmann::ordered_json::object();
  for (const auto& [code, failures] : tally.failures()) {
    json["errors"][CodeName(code)] = {{"count", failures.count}, {"first", failures.message}};
  }
  json["clientCores"] = result.cpu_seconds / result.seconds;
  // What a server says may be any bytes.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pql
