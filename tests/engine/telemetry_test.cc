#include "engine/telemetry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "engine/error.h"
#include "engine/measured_rule_store.h"
#include "engine/request_log.h"
#include "engine/trace_context.h"
#include "ruleset/rule_set.h"
#include "tests/engine/engine_testing.h"
#include "tests/engine/forwarding_store.h"

namespace pql {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr int kThreads = 12;  // more than a counter has copies
constexpr int kRounds = 2'000;

template <typename Work>
void OnThreads(const Work& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back([&work, i] { work(i); });
  for (std::thread& thread : threads) thread.join();
}

CheckedRuleSet Checked(const std::string& text) {
  const CompileResult compiled = CompileRuleSet("slack", {{"rules.pql", text}});
  EXPECT_TRUE(compiled.ok());
  return compiled.rule_set->checked;
}

// Rules r0, r1, ...
CheckedRuleSet Numbered(int first, int last) {
  std::string text = "metric m: number\n";
  for (int i = first; i <= last; ++i) StrAppend(&text, "rule r", i, " { when m > ", i, " }\n");
  return Checked(text);
}

class TelemetryTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  Telemetry telemetry_{&clock_, 3};
};

TEST(CounterTest, LosesNothingOfManyThreads) {
  Counter counter;
  OnThreads([&counter](int thread) {
    for (int i = 0; i < kRounds; ++i) counter.Add(thread);
  });
  EXPECT_EQ(counter.Sum(), uint64_t{kRounds} * kThreads * (kThreads - 1) / 2);
}

TEST(DurationHistogramTest, BucketsIncludeTheirBounds) {
  DurationHistogram histogram;
  histogram.Record(nanoseconds{-5});
  histogram.Record(microseconds{10});
  histogram.Record(microseconds{10} + nanoseconds{1});
  histogram.Record(std::chrono::hours{1});
  const DurationHistogram::Totals totals = histogram.Read();
  EXPECT_EQ(totals.counts[0], 2);
  EXPECT_EQ(totals.counts[1], 1);
  EXPECT_EQ(totals.counts.back(), 1);
  EXPECT_EQ(totals.count, 4);
  EXPECT_EQ(totals.sum, std::chrono::hours{1} + microseconds{20} + nanoseconds{1});
  EXPECT_TRUE(std::is_sorted(DurationHistogram::kBounds.begin(), DurationHistogram::kBounds.end()));
}

TEST_F(TelemetryTest, CountsCallsByMethodAndCode) {
  OnThreads([this](int thread) {
    const absl::Status status = thread % 2 == 0 ? absl::OkStatus() : absl::NotFoundError("none");
    for (int i = 0; i < kRounds; ++i) {
      telemetry_.RecordCall(Method::kGetRule, status, microseconds{7}, 100);
    }
  });
  const CallTelemetry& calls = telemetry_.calls();
  EXPECT_EQ(calls.Count(Method::kGetRule, absl::StatusCode::kOk), kThreads / 2 * kRounds);
  EXPECT_EQ(calls.Count(Method::kGetRule, absl::StatusCode::kNotFound), kThreads / 2 * kRounds);
  EXPECT_EQ(calls.Count(Method::kListRules, absl::StatusCode::kOk), 0);
  EXPECT_EQ(calls.RequestBytes(Method::kGetRule), 100 * kThreads * kRounds);
  EXPECT_EQ(calls.Durations(Method::kGetRule).sum, microseconds{7} * kThreads * kRounds);
  EXPECT_THAT(telemetry_.limit_hits().Sums(), ElementsAre());
}

TEST_F(TelemetryTest, NamesTheLimitThatTurnedACallAway) {
  const absl::Status status = LimitExceeded(absl::StatusCode::kResourceExhausted, "request bytes",
                                            "--max-request-bytes", 12, 10, "too large");
  telemetry_.RecordCall(Method::kEvaluate, status, nanoseconds{1}, 12);
  telemetry_.RecordCall(Method::kEvaluate, InvalidField("x", "is wrong"), nanoseconds{1}, 12);
  telemetry_.RecordCall(Method::kEvaluate, status, nanoseconds{1}, 12);
  EXPECT_THAT(telemetry_.limit_hits().Sums(), ElementsAre(Pair("max-request-bytes", 2)));
}

TEST_F(TelemetryTest, CountsHowTheStoreDoes) {
  auto owned = std::make_unique<ForwardingStore>(std::make_shared<MemoryRuleStore>(&clock_));
  ForwardingStore& inner = *owned;
  MeasuredRuleStore store(std::move(owned), &telemetry_);
  EXPECT_TRUE(store.ReadLatestNumbers().ok());
  EXPECT_EQ(store.ReadLatest("none").status().code(), absl::StatusCode::kNotFound);
  inner.set_away(true);
  EXPECT_FALSE(store.ReadLatestNumbers().ok());
  EXPECT_FALSE(store.Commit({}).ok());
  const StoreTelemetry& reads = telemetry_.store(StoreOperation::kRead);
  EXPECT_EQ(reads.durations.Read().count, 3);
  EXPECT_EQ(reads.failures.Sum(), 1);
  const StoreTelemetry& writes = telemetry_.store(StoreOperation::kWrite);
  EXPECT_EQ(writes.durations.Read().count, 1);
  EXPECT_EQ(writes.failures.Sum(), 1);
}

TEST(NamedCountersTest, CountsWhatIsBeyondItsPlacesTogether) {
  NamedCounters counters;
  OnThreads([&counters](int) {
    for (int i = 0; i < 100; ++i) counters.Add(StrCat("n", i));
  });
  const std::map<std::string, uint64_t> sums = counters.Sums();
  EXPECT_THAT(sums, SizeIs(NamedCounters::kMaxNames));
  uint64_t total = 0;
  for (const auto& [name, sum] : sums) total += sum;
  EXPECT_EQ(total, 100 * kThreads);
  EXPECT_EQ(sums.at("other"), (100 - (NamedCounters::kMaxNames - 1)) * kThreads);
}

TEST_F(TelemetryTest, CountsGoOnFromRevisionToRevision) {
  const auto first = telemetry_.BeginRevision(nullptr, Numbered(0, 1));
  first->AddAccounts(5);
  first->AddQualified(0, 3);
  first->AddUnknown(1);
  auto second = telemetry_.BeginRevision(first.get(), Numbered(1, 2));
  second->AddAccounts(1);
  second->AddQualified(0, 10);  // r1
  second->AddUnknown(1, 20);    // r2
  first->AddQualified(1);       // r1, of a call that has the old revision still
  RuleSetTelemetry& rule_set = second->rule_set();
  EXPECT_EQ(rule_set.accounts(), 6);
  RuleSetTelemetry::Outcomes outcomes = rule_set.outcomes();
  ASSERT_THAT(outcomes.rules, SizeIs(2));
  EXPECT_EQ(outcomes.rules.at("r1").qualified, 11);
  EXPECT_EQ(outcomes.rules.at("r1").unknown, 1);
  EXPECT_EQ(outcomes.rules.at("r2").unknown, 20);
  EXPECT_FALSE(outcomes.has_others);

  const auto third = telemetry_.BeginRevision(second.get(), Numbered(1, 2));
  second.reset();
  outcomes = rule_set.outcomes();
  EXPECT_EQ(outcomes.rules.at("r1").qualified, 11) << "what the last call recorded is kept";
  EXPECT_EQ(outcomes.rules.at("r2").unknown, 20);
}

TEST_F(TelemetryTest, ARuleThatIsGoneLosesItsCounts) {
  auto first = telemetry_.BeginRevision(nullptr, Numbered(0, 1));
  first->AddQualified(0, 3);
  const auto second = telemetry_.BeginRevision(first.get(), Numbered(1, 1));
  first.reset();
  const auto third = telemetry_.BeginRevision(second.get(), Numbered(0, 1));
  third->AddQualified(0);
  EXPECT_EQ(third->rule_set().outcomes().rules.at("r0").qualified, 1);
}

TEST_F(TelemetryTest, RulesBeyondTheBudgetAreCountedTogether) {
  auto slack = telemetry_.BeginRevision(nullptr, Numbered(0, 1));
  const auto zoom = telemetry_.BeginRevision(nullptr, Numbered(0, 9));  // one of 3 places is left
  for (uint32_t rule = 0; rule < 10; ++rule) zoom->AddQualified(rule);
  RuleSetTelemetry::Outcomes outcomes = zoom->rule_set().outcomes();
  EXPECT_THAT(outcomes.rules, SizeIs(1));
  EXPECT_TRUE(outcomes.has_others);
  EXPECT_EQ(outcomes.others.qualified, 9);

  slack.reset();  // gives its two places back
  const auto next = telemetry_.BeginRevision(zoom.get(), Numbered(0, 9));
  EXPECT_THAT(next->rule_set().outcomes().rules, SizeIs(3));
}

TEST_F(TelemetryTest, DraftsAreNotCounted) {
  const auto revision = telemetry_.BeginRevision(
      nullptr, Checked("metric m: number\nrule a { mode draft when m > 1 }\n"
                       "rule b { mode shadow when m > 2 }\n"));
  revision->AddQualified(0);
  revision->AddQualified(1);
  const RuleSetTelemetry::Outcomes outcomes = revision->rule_set().outcomes();
  ASSERT_THAT(outcomes.rules, SizeIs(1));
  EXPECT_EQ(outcomes.rules.at("b").qualified, 1);
}

TEST_F(TelemetryTest, RecordingReadingAndReloadingAtOnce) {
  auto current = telemetry_.BeginRevision(nullptr, Numbered(0, 4));
  RuleSetTelemetry& rule_set = current->rule_set();
  const auto keep = current;
  std::mutex mutex;
  OnThreads([&](int thread) {
    for (int i = 0; i < 200; ++i) {
      if (thread == 0) {
        auto next = telemetry_.BeginRevision(keep.get(), Numbered(0, 4));
        const std::lock_guard<std::mutex> lock(mutex);
        current.swap(next);
      } else if (thread == 1) {
        rule_set.outcomes();
        rule_set.unknown_metrics().Names();
      } else {
        std::shared_ptr<RevisionTelemetry> revision;
        {
          const std::lock_guard<std::mutex> lock(mutex);
          revision = current;
        }
        revision->AddAccounts(1);
        for (uint32_t rule = 0; rule < 5; ++rule) revision->AddQualified(rule);
        revision->AddUnknownMetric("typo");
      }
    }
  });
  constexpr uint64_t kAccounts = (kThreads - 2) * 200;
  EXPECT_EQ(rule_set.accounts(), kAccounts);
  EXPECT_EQ(rule_set.unknown_metrics().total(), kAccounts);
  const RuleSetTelemetry::Outcomes outcomes = rule_set.outcomes();
  EXPECT_THAT(outcomes.rules, SizeIs(3));
  for (const auto& [name, outcome] : outcomes.rules) EXPECT_EQ(outcome.qualified, kAccounts);
  EXPECT_EQ(outcomes.others.qualified, 2 * kAccounts);
}

std::vector<std::string> NamesOf(const UnknownMetrics& metrics) {
  std::vector<std::string> names;
  for (const UnknownMetric& metric : metrics.Names()) names.push_back(metric.name);
  return names;
}

TEST_F(TelemetryTest, KeepsTheUnknownMetricsThatAreSeenMost) {
  UnknownMetrics metrics(&clock_);
  for (int i = 0; i < 1'000; ++i) {
    metrics.Record(StrCat("noise", i));
    metrics.Record("plan_nmae");
    if (i % 2 == 0) metrics.Record("mesages");
  }
  clock_.Advance(absl::Hours(1));
  metrics.Record("plan_nmae");
  EXPECT_EQ(metrics.total(), 2'501);
  const std::vector<UnknownMetric> names = metrics.Names();
  ASSERT_THAT(names, SizeIs(UnknownMetrics::kMaxNames));
  EXPECT_EQ(names[0].name, "plan_nmae");
  EXPECT_EQ(names[0].count, 1'001);
  EXPECT_EQ(names[0].last_seen, clock_.Now());
  EXPECT_EQ(names[1].name, "mesages");
  EXPECT_EQ(names[1].last_seen, clock_.Now() - absl::Hours(1));
}

TEST_F(TelemetryTest, CutsLongNamesBetweenCharacters) {
  UnknownMetrics metrics(&clock_);
  std::string name(UnknownMetrics::kMaxNameBytes - 1, 'x');
  metrics.Record(name + "\u00e9\u00e9");
  EXPECT_THAT(NamesOf(metrics), ElementsAre(name));
}

TEST_F(TelemetryTest, TellsOfANameOnce) {
  UnknownMetrics metrics(&clock_);
  metrics.Record("a");
  EXPECT_THAT(metrics.TakeNew(), ElementsAre("a"));
  metrics.Record("a");
  metrics.Record("b");
  EXPECT_THAT(metrics.TakeNew(), ElementsAre("b"));
  EXPECT_THAT(metrics.TakeNew(), ElementsAre());
}

TEST_F(TelemetryTest, ForgetsAMetricThatIsDeclaredNow) {
  const auto first = telemetry_.BeginRevision(nullptr, Numbered(0, 0));
  first->AddUnknownMetric("seats");
  first->AddUnknownMetric("typo");
  const auto second = telemetry_.BeginRevision(
      first.get(), Checked("metric seats: number\nrule r { when seats > 1 }\n"));
  EXPECT_THAT(NamesOf(second->rule_set().unknown_metrics()), ElementsAre("typo"));
  EXPECT_EQ(second->rule_set().unknown_metrics().total(), 2) << "a counter never falls";
}

TEST(TraceContextTest, ReadsWhatTheRecommendationSays) {
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const std::string span = "00f067aa0ba902b7";
  for (const std::string& header :
       {"00-" + trace + "-" + span + "-01", "00-" + trace + "-" + span + "-00",
        "cc-" + trace + "-" + span + "-01", "cc-" + trace + "-" + span + "-01-what comes later"}) {
    const std::optional<TraceContext> context = ParseTraceparent(header);
    ASSERT_TRUE(context.has_value()) << header;
    EXPECT_EQ(context->trace_id_text(), trace);
    EXPECT_EQ(context->span_id_text(), span);
  }
  for (const std::string& header :
       {std::string(), std::string("00"), "ff-" + trace + "-" + span + "-01",
        "0G-" + trace + "-" + span + "-01", "00-" + trace + "-" + span + "-01-more",
        "cc-" + trace + "-" + span + "-01.more", "00-" + trace + "-" + span + "-0",
        "00-" + trace + "-" + span + "-0x", "00-" + trace + "-" + span + "-0A",
        "00-" + std::string(32, '0') + "-" + span + "-01",
        "00-" + trace + "-" + std::string(16, '0') + "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + span + "-01", "00_" + trace + "_" + span + "_01",
        " 00-" + trace + "-" + span + "-01", "00-" + span + "-" + trace + "-01"}) {
    EXPECT_FALSE(ParseTraceparent(header).has_value()) << header;
  }
}

class RequestLogTest : public ::testing::Test {
 protected:
  void Configure(const RequestLogPolicy& policy) {
    log_.Configure(policy, [](const RequestLogEntry&) {});
  }
  LogReason Decide(absl::StatusCode code, nanoseconds duration, int second = 0) {
    return log_.Decide(code, duration,
                       std::chrono::steady_clock::time_point(std::chrono::seconds{1000 + second}));
  }

  static constexpr nanoseconds kShort{1};
  RequestLog log_;
};

TEST_F(RequestLogTest, LogsNothingBeforeItIsConfigured) {
  EXPECT_EQ(Decide(absl::StatusCode::kInternal, kShort), LogReason::kNone);
}

TEST_F(RequestLogTest, LogsErrorsAndSlowCalls) {
  Configure({.slow = microseconds{5}});
  EXPECT_EQ(Decide(absl::StatusCode::kOk, microseconds{5}), LogReason::kNone);
  EXPECT_EQ(Decide(absl::StatusCode::kOk, microseconds{6}), LogReason::kSlow);
  EXPECT_EQ(Decide(absl::StatusCode::kNotFound, microseconds{6}), LogReason::kError);
  Configure({.slow = std::nullopt});
  EXPECT_EQ(Decide(absl::StatusCode::kOk, std::chrono::hours{1}), LogReason::kNone);
  Configure({.log = false});
  EXPECT_EQ(Decide(absl::StatusCode::kInternal, std::chrono::hours{1}), LogReason::kNone);
}

TEST_F(RequestLogTest, LogsAShareOfTheOthers) {
  Configure({.sample_rate = 0.25});
  int logged = 0;
  for (int i = 0; i < 10'000; ++i) {
    logged += Decide(absl::StatusCode::kOk, kShort) == LogReason::kSample ? 1 : 0;
  }
  EXPECT_NEAR(logged, 2'500, 250) << "the sequence is always the same";
  Configure({.sample_rate = 1});
  EXPECT_EQ(Decide(absl::StatusCode::kOk, kShort), LogReason::kSample);
}

TEST_F(RequestLogTest, BoundsTheLinesOfASecond) {
  Configure({});
  std::atomic<uint32_t> logged{0};
  OnThreads([&](int) {
    for (uint32_t i = 0; i < LineBudget::kMaxLinesPerSecond; ++i) {
      if (Decide(absl::StatusCode::kInternal, kShort) == LogReason::kError) ++logged;
    }
  });
  EXPECT_EQ(logged, LineBudget::kMaxLinesPerSecond);
  EXPECT_EQ(log_.dropped(), (kThreads - 1) * LineBudget::kMaxLinesPerSecond);
  EXPECT_EQ(Decide(absl::StatusCode::kInternal, kShort, 1), LogReason::kError);
}

}  // namespace
}  // namespace pql
