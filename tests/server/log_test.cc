#include "server/log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

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

}  // namespace
}  // namespace pql
