#include "tools/pql/remote/status_text.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>

#include "base/strings.h"
#include "base/unicode.h"
#include "engine/rule_query.h"
#include "tools/pql/console.h"
#include "tools/pql/remote/rule_text.h"

namespace pql {
namespace {

constexpr int kShownUnknownMetrics = 5;
// As the alert PqldSlowLoads has it.
constexpr int64_t kSlowLoadMillis = 5'000;

std::string AgeOf(const google::protobuf::Timestamp& time, const google::protobuf::Timestamp& now) {
  return AgeText(now.seconds() - time.seconds());
}

// `1 account`, `1,234,567 accounts`.
std::string Counted(int64_t count, const std::string& noun) {
  std::string digits = StrCat(count);
  for (auto at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return StrCat(digits, " ", noun, count == 1 ? "" : "s");
}

}  // namespace

std::string ShortRuleSetName(const std::string& name) {
  const auto id = ParseRuleSetName("name", name);
  return EscapeUnprintable(id.ok() ? *id : name);
}

std::string AgeText(int64_t seconds) {
  constexpr int64_t kMinute = 60;
  constexpr int64_t kHour = 60 * kMinute;
  constexpr int64_t kDay = 24 * kHour;
  seconds = std::max(seconds, int64_t{0});
  if (seconds < kMinute) return StrCat(seconds, " s");
  if (seconds < kHour) return StrCat(seconds / kMinute, " min");
  if (seconds < kDay) return StrCat(seconds / kHour, " h");
  return StrCat(seconds / kDay, " d");
}

std::string RuleSetText(const v1::RuleSet& rule_set, const google::protobuf::Timestamp& now,
                        bool color) {
  std::string text = Painted(color, Paint::kBold, ShortRuleSetName(rule_set.name()));
  if (rule_set.revision() == 0) {
    StrAppend(&text, "  never loaded\n");
  } else {
    StrAppend(&text, "  revision ", rule_set.revision(), ", in force for ",
              AgeOf(rule_set.load_time(), now), "  ", rule_set.active_rule_count(), " active, ",
              rule_set.shadow_rule_count(), " shadow, ", rule_set.draft_rule_count(), " draft\n");
  }
  if (!rule_set.has_load_failure()) return text;
  const v1::LoadFailure& failure = rule_set.load_failure();
  StrAppend(&text, "  ", Painted(color, Paint::kRed, "a newer version is not in force"), ", tried ",
            AgeOf(failure.time(), now), " ago:\n");
  if (!failure.error().empty()) StrAppend(&text, "  ", EscapeUnprintable(failure.error()), "\n");
  StrAppend(&text, FindingsText(failure.diagnostics(), failure.dropped_count(), {}, color));
  return text;
}

std::string ServerText(const v1::ServerStatus& status, const std::string& address, bool color) {
  const v1::StoreStatus& store = status.store();
  const v1::ServerLoad& load = status.load();
  std::string text =
      StrCat(Painted(color, Paint::kBold, address), "  pqld ", EscapeUnprintable(status.version()),
             ", up ", AgeOf(status.start_time(), status.time()), "\n");
  StrAppend(&text, "  store  ", EscapeUnprintable(store.description()), ", ");
  if (store.available()) {
    StrAppend(&text, "works\n");
  } else {
    StrAppend(&text, Painted(color, Paint::kRed, "does not work"));
    if (store.has_since_time()) {
      StrAppend(&text, " for ", AgeOf(store.since_time(), status.time()));
    }
    StrAppend(&text, ": ", EscapeUnprintable(store.error()), "\n");
  }
  StrAppend(&text, "  load   ", load.calls_in_flight(), " of ", load.max_calls_in_flight(),
            " calls, ", load.queued_calls(), " queued, ", load.watches(), " of ",
            load.max_watches(), " watches, ", load.streams(), " of ", load.max_streams(),
            " streams\n");
  if (status.has_last_load_duration()) {
    const int64_t millis =
        google::protobuf::util::TimeUtil::DurationToMilliseconds(status.last_load_duration());
    const std::string took = millis < 10'000 ? StrCat(millis, " ms") : AgeText(millis / 1000);
    StrAppend(&text, "  rules  the latest change took ",
              millis < kSlowLoadMillis ? took : Painted(color, Paint::kYellow, took),
              " until it was in force, or refused\n");
  }
  if (status.behind_count() > 0) {
    StrAppend(&text, "  ",
              Painted(color, Paint::kRed,
                      StrCat("behind: newer revisions of ",
                             Counted(status.behind_count(), "rule set"), " could not be read")),
              "\n");
  }
  return text;
}

std::string UsageText(const v1::RuleSetUsage& usage, const google::protobuf::Timestamp& now,
                      bool color) {
  std::string text =
      StrCat("  ", Counted(usage.evaluated_account_count(), "account"), " evaluated\n");
  if (usage.unknown_metrics().empty()) return text;
  StrAppend(&text, "  ",
            Painted(color, Paint::kYellow, "accounts have metrics it does not declare:"));
  const int shown = std::min(usage.unknown_metrics_size(), kShownUnknownMetrics);
  for (int i = 0; i < shown; ++i) {
    const v1::UnknownMetric& metric = usage.unknown_metrics(i);
    StrAppend(&text, i == 0 ? " " : ", ", EscapeUnprintable(metric.name()), " (",
              Counted(metric.count(), "time"), ", ", AgeOf(metric.last_seen_time(), now), " ago)");
  }
  if (usage.unknown_metrics_size() > shown) {
    StrAppend(&text, " and ", usage.unknown_metrics_size() - shown, " more");
  }
  return StrCat(text, "\n");
}

}  // namespace pql
