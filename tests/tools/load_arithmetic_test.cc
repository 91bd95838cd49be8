// What a load run counts: the histogram, the pace of calls and the tally, with time made up.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <functional>
#include <vector>

#include "tests/testing/random.h"
#include "tools/pql_load/latency_histogram.h"
#include "tools/pql_load/pacer.h"
#include "tools/pql_load/tally.h"

namespace pql {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(LatencyHistogram, OfNothingIsZero) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.Quantile(0.5), nanoseconds(0));
  EXPECT_EQ(histogram.max(), nanoseconds(0));
  EXPECT_EQ(histogram.mean(), nanoseconds(0));
}

TEST(LatencyHistogram, OneDurationIsEveryQuantile) {
  LatencyHistogram histogram;
  histogram.Record(microseconds(1'234));
  for (const double share : {0.001, 0.5, 1.0}) {
    EXPECT_EQ(histogram.Quantile(share), microseconds(1'234));
  }
}

TEST(LatencyHistogram, WhatIsOutOfRangeCountsAtItsBounds) {
  LatencyHistogram histogram;
  histogram.Record(nanoseconds(-5));
  histogram.Record(hours(24));
  EXPECT_EQ(histogram.Quantile(0.5), nanoseconds(0));
  EXPECT_EQ(histogram.max(), hours(1));
}

// Against the sorted durations themselves, over all magnitudes.
TEST(LatencyHistogram, QuantilesAreNeverTooLowAndWithinAPercent) {
  const uint64_t seed = testing::TestSeed();
  SCOPED_TRACE(seed);
  testing::Random random(seed);
  LatencyHistogram whole;
  LatencyHistogram half;
  std::vector<int64_t> sorted;
  for (int i = 0; i < 20'000; ++i) {
    const int64_t nanos = static_cast<int64_t>(random.Below(uint64_t{1} << random.Between(1, 41)));
    sorted.push_back(nanos);
    (i % 2 == 0 ? whole : half).Record(nanoseconds(nanos));
  }
  whole.Add(half);
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(whole.count(), sorted.size());
  EXPECT_EQ(whole.max().count(), sorted.back());
  for (const double share : {0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    const int64_t exact = sorted[rank - 1];
    EXPECT_GE(whole.Quantile(share).count(), exact) << share;
    EXPECT_LE(static_cast<double>(whole.Quantile(share).count()),
              static_cast<double>(exact) * 1.008)
        << share;
  }
}

constexpr Instant kStart{hours(1'000)};

Instant At(nanoseconds offset) { return kStart + offset; }

// A server that answers each call in a millisecond, but nothing within [stall, resume).
struct StallingServer {
  nanoseconds stall{};
  nanoseconds resume{};

  Instant AnswerTo(Instant sent) const {
    const Instant done = sent + milliseconds(1);
    return done > At(stall) && sent < At(resume) ? At(resume) + milliseconds(1) : done;
  }
};

// What the drivers do, in steps of 100 us of made-up time.
Tally Simulate(const Pace& pace, const StallingServer& server, const Window& window,
               const grpc::Status& status = grpc::Status::OK) {
  Pacer pacer(pace);
  Tally tally(window);
  struct Call {
    Instant due;
    Instant done;
  };
  std::vector<Call> calls;
  for (Instant now = pace.begin; !pacer.Finished(now) || pacer.in_flight() > 0;
       now += microseconds(100)) {
    std::erase_if(calls, [&](const Call& call) {
      if (call.done > now) return false;
      pacer.Done(now, status.ok());
      tally.Ended(call.due, now, status, 1);
      return true;
    });
    while (const std::optional<Instant> due = pacer.Take(now)) {
      tally.Started(*due, now);
      calls.push_back({*due, server.AnswerTo(now)});
    }
  }
  if (!pacer.open_loop()) return tally;
  while (const std::optional<Instant> due = pacer.TakeUnsent()) {
    tally.Unsent(*due, At(pace.end - kStart));
  }
  return tally;
}

constexpr Window kTenSeconds{kStart, kStart + seconds(10)};

Pace PaceOf(double rate, size_t concurrency) {
  return {kTenSeconds.begin, kTenSeconds.end, concurrency, rate};
}

double Millis(nanoseconds duration) { return static_cast<double>(duration.count()) / 1e6; }

// The callers wait through the stall and so do not see it: one call of 8,000 was slow.
TEST(Load, TheClosedLoopHidesAStall) {
  const Tally tally = Simulate(PaceOf(0, 1), {seconds(2), seconds(4)}, kTenSeconds);
  EXPECT_NEAR(static_cast<double>(tally.ok()), 8'000, 10);
  EXPECT_NEAR(Millis(tally.latency().Quantile(0.999)), 1, 0.2);
  EXPECT_NEAR(Millis(tally.latency().max()), 2'001, 2);
}

// Who comes during the stall waits for its end: a fifth of the calls, for 0 to 2 s.
TEST(Load, TheOpenLoopCountsAStall) {
  const Tally tally = Simulate(PaceOf(100, 1'000), {seconds(2), seconds(4)}, kTenSeconds);
  EXPECT_EQ(tally.ok(), 1'000);
  EXPECT_NEAR(Millis(tally.latency().Quantile(0.5)), 1, 0.2);
  EXPECT_NEAR(Millis(tally.latency().Quantile(0.9)), 1'000, 20);
  EXPECT_NEAR(Millis(tally.latency().Quantile(0.95)), 1'500, 20);
  EXPECT_NEAR(Millis(tally.delay().max()), 0, 0.2);
}

// Where no more calls may be in flight they wait in the client, which is the same to a user.
TEST(Load, TheOpenLoopCountsAStallThatKeepsCallsFromBeginning) {
  const Tally tally = Simulate(PaceOf(100, 3), {seconds(2), seconds(4)}, kTenSeconds);
  EXPECT_EQ(tally.ok(), 1'000);
  EXPECT_NEAR(Millis(tally.latency().Quantile(0.9)), 1'000, 100);
  EXPECT_NEAR(Millis(tally.delay().max()), 2'000, 100);
  EXPECT_EQ(tally.unsent(), 0);
}

TEST(Load, CallsThatCouldNeverBeginAreCountedAsSlow) {
  // It stalls for good, and the calls in flight are answered long after the end.
  const Tally tally = Simulate(PaceOf(100, 10), {seconds(5), seconds(30)}, kTenSeconds);
  EXPECT_EQ(tally.ok() + tally.unsent(), 1'000);
  EXPECT_NEAR(static_cast<double>(tally.unsent()), 490, 2);
  // Of the half that met the stall, half had waited for 2.5 s at the least.
  EXPECT_NEAR(Millis(tally.latency().Quantile(0.75)), 2'500, 150);
  EXPECT_NEAR(Millis(tally.latency().max()), 25'000, 20);
}

TEST(Load, TheClosedLoopKeepsItsCallersBusy) {
  const Tally tally = Simulate(PaceOf(0, 4), {}, kTenSeconds);
  EXPECT_NEAR(static_cast<double>(tally.ok()), 40'000, 50);
}

TEST(Load, ACallerRestsAfterAFailure) {
  const grpc::Status away(grpc::StatusCode::UNAVAILABLE, "away");
  const Tally tally = Simulate(PaceOf(0, 4), {}, kTenSeconds, away);
  // 1 ms of call and 10 ms of rest.
  EXPECT_NEAR(static_cast<double>(tally.failed()), 4 * 10'000 / 11.0, 50);
  EXPECT_EQ(tally.ok(), 0);
}

TEST(Load, TheOpenLoopDoesNotSlowDownAfterFailures) {
  const grpc::Status away(grpc::StatusCode::UNAVAILABLE, "away");
  EXPECT_EQ(Simulate(PaceOf(100, 1), {}, kTenSeconds, away).failed(), 1'000);
}

TEST(Load, TheWarmUpDoesNotCount) {
  const Window last_eight{kStart + seconds(2), kTenSeconds.end};
  const Tally tally = Simulate(PaceOf(100, 1'000), {seconds(0), seconds(1)}, last_eight);
  EXPECT_EQ(tally.ok(), 800);
  EXPECT_LT(Millis(tally.latency().max()), 1.2);
}

TEST(Load, WhenToAskAgain) {
  Pacer open(PaceOf(10, 2));
  EXPECT_EQ(open.NextTake(), At(seconds(0)));
  EXPECT_EQ(open.Take(At(seconds(0))), At(seconds(0)));
  EXPECT_EQ(open.Take(At(seconds(0))), std::nullopt);
  EXPECT_EQ(open.NextTake(), At(milliseconds(100)));
  EXPECT_EQ(open.Take(At(milliseconds(150))), At(milliseconds(100)));
  EXPECT_EQ(open.NextTake(), std::nullopt) << "two are in flight";

  Pacer closed(PaceOf(0, 1));
  EXPECT_EQ(closed.Take(At(seconds(1))), At(seconds(1)));
  EXPECT_EQ(closed.NextTake(), std::nullopt);
  closed.Done(At(seconds(2)), /*ok=*/false);
  EXPECT_EQ(closed.Take(At(seconds(2))), std::nullopt);
  EXPECT_EQ(closed.NextTake(), At(seconds(2)) + Pacer::kRest);
  EXPECT_EQ(closed.Take(At(seconds(2)) + Pacer::kRest), At(seconds(2)) + Pacer::kRest);
}

TEST(Tally, FailuresAreCountedByCode) {
  Tally tally(kTenSeconds);
  const auto fail = [](Tally* to, grpc::StatusCode code, const char* message, milliseconds took) {
    to->Ended(kStart, kStart + took, grpc::Status(code, message), 1);
  };
  fail(&tally, grpc::StatusCode::RESOURCE_EXHAUSTED, "first", milliseconds(1));
  fail(&tally, grpc::StatusCode::RESOURCE_EXHAUSTED, "second", milliseconds(1));
  Tally other(kTenSeconds);
  fail(&other, grpc::StatusCode::RESOURCE_EXHAUSTED, "third", milliseconds(1));
  fail(&other, grpc::StatusCode::DEADLINE_EXCEEDED, "late", milliseconds(500));
  tally.Add(other);
  EXPECT_EQ(tally.failed(), 4);
  ASSERT_EQ(tally.failures().size(), 2);
  const Tally::Failures& shed = tally.failures().at(grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(shed.count, 3);
  EXPECT_EQ(shed.message, "first");
  EXPECT_EQ(CodeName(grpc::StatusCode::RESOURCE_EXHAUSTED), "RESOURCE_EXHAUSTED");
  // What is refused at once says nothing about how long answers take; what timed out does.
  EXPECT_EQ(tally.latency().count(), 1);
  EXPECT_EQ(tally.latency().max(), milliseconds(500));
}

}  // namespace
}  // namespace pql
