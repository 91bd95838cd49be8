#include "server/log.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "server/event_log.h"
#include "tests/engine/engine_testing.h"

namespace pql {
namespace {

const absl::Time kTime = absl::FromUnixMillis(1'772'354'200'123);

TEST(LogTest, TextIsOneLineForPeople) {
  EXPECT_EQ(TextLogLine(kTime, LogLevel::kInfo, "rule set loaded",
                        {{"rule_set", "slack"}, {"empty", ""}, {"words", "a b"}}),
            "2026-03-01T08:36:40.123Z info rule set loaded rule_set=slack empty=\"\" "
            "words=\"a b\"");
}

TEST(LogTest, NobodyForgesALine) {
  const std::string line =
      TextLogLine(kTime, LogLevel::kError, "finding", {{"text", "x\n2026 info forged\x1b[2J\""}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_NE(line.find("\\\""), std::string::npos);
}

TEST(LogTest, JsonIsOneObjectALine) {
  const std::string line =
      JsonLogLine(kTime, LogLevel::kWarning, "odd", {{"text", "a\n\"b\""}, {"bytes", "\xff"}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["time"], "2026-03-01T08:36:40.123Z");
  EXPECT_EQ(json["level"], "warning");
  EXPECT_EQ(json["message"], "odd");
  EXPECT_EQ(json["text"], "a\n\"b\"");
  EXPECT_EQ(json["bytes"], "\xef\xbf\xbd");
}

TEST(LogTest, WritesLines) {
  std::ostringstream out;
  Log log(LogFormat::kJson, &Clock::System(), &out);
  log.Info("one");
  log.Error("two");
  std::istringstream lines(out.str());
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(nlohmann::json::parse(line)["message"], "one");
  std::getline(lines, line);
  EXPECT_EQ(nlohmann::json::parse(line)["level"], "error");
}

TEST(EventLogTest, ARequestIsOneLineWithItsTrace) {
  std::ostringstream out;
  Log log(LogFormat::kJson, &Clock::System(), &out);
  RequestLogEntry entry = {.why = LogReason::kError,
                           .method = Method::kBatchEvaluate,
                           .code = absl::StatusCode::kResourceExhausted,
                           .reason = "LIMIT_EXCEEDED",
                           .duration = std::chrono::microseconds{1'500},
                           .request_bytes = 42,
                           .resource = "ruleSets/slack\n" + std::string(1'000, 'x'),
                           .accounts = 3,
                           .identity = "crm-service",
                           .peer = "192.0.2.7:50312"};
  entry.trace = ParseTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  LogRequest(entry, &log);
  const auto json = nlohmann::json::parse(out.str());
  EXPECT_EQ(json["message"], "request");
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["why"], "error");
  EXPECT_EQ(json["method"], "BatchEvaluate");
  EXPECT_EQ(json["code"], "RESOURCE_EXHAUSTED");
  EXPECT_EQ(json["reason"], "LIMIT_EXCEEDED");
  EXPECT_EQ(json["duration_ms"], "1.500");
  EXPECT_EQ(json["request_bytes"], "42");
  EXPECT_EQ(json["resource"].get<std::string>().size(), 200);
  EXPECT_EQ(json["accounts"], "3");
  EXPECT_EQ(json["identity"], "crm-service");
  EXPECT_EQ(json["peer"], "192.0.2.7:50312");
  EXPECT_EQ(json["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(json["span_id"], "00f067aa0ba902b7");
  EXPECT_FALSE(json.contains("error"));
}

TEST(EventLogTest, WhatPeopleShouldSeeIsAWarning) {
  const auto level = [](LogReason why, absl::StatusCode code) {
    std::ostringstream out;
    Log log(LogFormat::kJson, &Clock::System(), &out);
    LogRequest({.why = why, .code = code}, &log);
    return nlohmann::json::parse(out.str())["level"].get<std::string>();
  };
  EXPECT_EQ(level(LogReason::kSample, absl::StatusCode::kOk), "info");
  EXPECT_EQ(level(LogReason::kSlow, absl::StatusCode::kOk), "warning");
  EXPECT_EQ(level(LogReason::kError, absl::StatusCode::kNotFound), "info");
  EXPECT_EQ(level(LogReason::kError, absl::StatusCode::kInternal), "warning");
}

// As of a disk that is full for a while.
class FailsOnce : public std::stringbuf {
 protected:
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    if (std::exchange(fails_, false)) return 0;
    return std::stringbuf::xsputn(text, count);
  }

 private:
  bool fails_ = true;
};

TEST(LogTest, ALineThatCannotBeWrittenIsTheOnlyOneLost) {
  FailsOnce buffer;
  std::ostream out(&buffer);
  Log log(LogFormat::kText, &Clock::System(), &out);
  log.Info("lost");
  log.Info("written");
  EXPECT_THAT(buffer.str(), ::testing::HasSubstr("written"));
}

TEST(EventLogTest, ADenialHasItsTrace) {
  std::ostringstream out;
  Log log(LogFormat::kJson, &Clock::System(), &out);
  Caller caller;
  caller.identity = "eve";
  caller.trace = ParseTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  LogDenial(caller, absl::PermissionDeniedError("no"), &log);
  const auto json = nlohmann::json::parse(out.str());
  EXPECT_EQ(json["message"], "call denied");
  EXPECT_EQ(json["identity"], "eve");
  EXPECT_EQ(json["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST(EventLogTest, AnUnknownMetricIsNamedOnce) {
  FakeClock clock;
  Engine engine(Limits(), &clock);
  engine.rule_sets().Update(TreeOf({{"slack", kTeamRules}}));
  const std::shared_ptr<const Snapshot> snapshot = engine.rule_sets().snapshot();
  std::ostringstream out;
  Log log(LogFormat::kJson, &clock, &out);
  LogNewUnknownMetrics(*snapshot, &log);
  EXPECT_EQ(out.str(), "");
  snapshot->Find("slack")->telemetry->AddUnknownMetric("plan_nmae");
  LogNewUnknownMetrics(*snapshot, &log);
  LogNewUnknownMetrics(*snapshot, &log);
  const auto json = nlohmann::json::parse(out.str());
  EXPECT_EQ(json["rule_set"], "slack");
  EXPECT_EQ(json["metrics"], "plan_nmae");
}

}  // namespace
}  // namespace pql
