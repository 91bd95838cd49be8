#include "server/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/strings.h"
#include "server/limit_flags.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

using ::testing::HasSubstr;

ServerOptions Parse(const std::vector<std::string>& arguments) {
  const auto parsed = ParseOptions(arguments);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? parsed->options : ServerOptions();
}

TEST(OptionsTest, Defaults) {
  const ServerOptions options = Parse({});
  EXPECT_EQ(options.listen, "localhost:50051");
  EXPECT_EQ(options.store, "") << "the state directory's";
  EXPECT_EQ(options.drain_timeout, absl::Seconds(30));
  EXPECT_EQ(options.log_format, LogFormat::kText);
  EXPECT_EQ(options.limits.max_batch_accounts, Limits().max_batch_accounts);
}

TEST(OptionsTest, EveryFlagIsRead) {
  const TempDirectory directory;
  const ServerOptions options = Parse({"--rules=" + directory.path(), "--store", "sqlite:x",
                                       "--listen=0.0.0.0:1", "--insecure", "--drain-timeout=1m30s",
                                       "--log-format=json", "--metrics-address=127.0.0.1:0",
                                       "--log-requests=sample:0.25", "--slow-request=250ms"});
  EXPECT_EQ(options.rules, directory.path());
  EXPECT_EQ(options.store, "sqlite:x");
  EXPECT_EQ(options.listen, "0.0.0.0:1");
  EXPECT_TRUE(options.insecure);
  EXPECT_EQ(options.drain_timeout, absl::Seconds(90));
  EXPECT_EQ(options.log_format, LogFormat::kJson);
  EXPECT_EQ(options.metrics_address, "127.0.0.1:0");
  EXPECT_TRUE(options.metrics_asked_for);
  EXPECT_TRUE(options.request_log.log);
  EXPECT_EQ(options.request_log.sample_rate, 0.25);
  EXPECT_EQ(options.request_log.slow, std::chrono::milliseconds{250});
}

TEST(OptionsTest, EveryLimitIsRead) {
  std::vector<std::string> arguments;
  for (const LimitFlag& limit : LimitFlags()) {
    arguments.push_back(std::string(limit.flag) + (limit.number != nullptr ? "=7" : "=7s"));
  }
  const ServerOptions options = Parse(arguments);
  for (const LimitFlag& limit : LimitFlags()) {
    if (limit.number != nullptr) {
      EXPECT_EQ(options.limits.*limit.number, 7) << limit.flag;
    } else {
      EXPECT_EQ(options.limits.*limit.duration, absl::Seconds(7)) << limit.flag;
    }
  }
}

TEST(OptionsTest, LimitsUnlessGiven) {
  const ServerOptions options = Parse({});
  for (const LimitFlag& limit : LimitFlags()) {
    if (limit.number != nullptr) {
      EXPECT_EQ(options.limits.*limit.number, Limits().*limit.number) << limit.flag;
    } else {
      EXPECT_EQ(options.limits.*limit.duration, Limits().*limit.duration) << limit.flag;
    }
  }
}

TEST(OptionsTest, MetricsAndRequestLogCanBeSwitchedOff) {
  EXPECT_EQ(Parse({}).metrics_address, "localhost:9464");
  EXPECT_FALSE(Parse({}).metrics_asked_for);
  EXPECT_EQ(Parse({"--metrics-address=off"}).metrics_address, kNoMetrics);
  EXPECT_EQ(Parse({"--metrics-address=0.0.0.0:9464"}).metrics_address, "0.0.0.0:9464")
      << "they have nothing to hide";
  EXPECT_TRUE(Parse({}).request_log.log);
  EXPECT_EQ(Parse({}).request_log.sample_rate, 0);
  EXPECT_FALSE(Parse({"--log-requests=off"}).request_log.log);
  EXPECT_EQ(Parse({"--slow-request=0s"}).request_log.slow, std::nullopt);
}

TEST(OptionsTest, MistakesAreNamedWithWhatIsRight) {
  struct Case {
    std::vector<std::string> arguments;
    std::vector<std::string> words;
  };
  const Case cases[] = {
      {{"--listen=50051"}, {"--listen", "HOST:PORT"}},
      {{"--listen=localhost:99999"}, {"--listen"}},
      {{"--listen=0.0.0.0:50051"}, {"--listen", "--insecure"}},
      {{"--listen=127.example.com:1"}, {"--insecure"}},
      {{"--rules=/does/not/exist"}, {"--rules", "/does/not/exist"}},
      {{"--drain-timeout=soon"}, {"--drain-timeout", "30s"}},
      {{"--log-format=xml"}, {"--log-format", "json"}},
      {{"--max-in-flight=0"}, {"--max-in-flight"}},
      {{"--metrics-address=9464"}, {"--metrics-address", "localhost:9464"}},
      {{"--metrics-address=[::1]:9464"}, {"--metrics-address", "IPv4"}},
      {{"--log-requests=some"}, {"--log-requests", "sample:RATE"}},
      {{"--log-requests=sample:2"}, {"--log-requests", "0 to 1"}},
      {{"--log-requests=sample:"}, {"--log-requests", "0 to 1"}},
      {{"--log-requests=sample:nan"}, {"--log-requests", "0 to 1"}},
      {{"--slow-request=fast"}, {"--slow-request", "250ms"}},
      {{"--slow-request=-1s"}, {"--slow-request", "250ms"}},
      {{"--max-nesting-depth=257"}, {"--max-nesting-depth", "256"}},
      {{"--max-connection-idle=soon"}, {"--max-connection-idle", "30s"}},
      {{"--tls-cert", "x"}, {"--tls-cert and --tls-key go together"}},
      {{"--tls-client-ca", "x"}, {"--tls-client-ca needs --tls-cert"}},
      {{"--metrics-address", "x"}, {"--metrics-address", "localhost:9464"}},
      {{"--no-such-flag"}, {"--no-such-flag", "--help"}},
      {{"stray"}, {"stray"}},
      {{"--flagfile"}, {"--flagfile"}},
      {{"--flagfile=/does/not/exist"}, {"/does/not/exist"}},
  };
  for (const Case& test : cases) {
    const auto parsed = ParseOptions(test.arguments);
    EXPECT_FALSE(parsed.ok()) << test.arguments[0];
    for (const std::string& word : test.words) {
      EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(word));
    }
  }
}

TEST(OptionsTest, FlagFileStandsForItsFlags) {
  const TempDirectory directory;
  directory.Write("flags", "# where to listen\n--listen=localhost:7\n\n  --log-format=json  \n");
  const ServerOptions options = Parse({"--flagfile=" + directory.Path("flags"), "--max-rules=3"});
  EXPECT_EQ(options.listen, "localhost:7");
  EXPECT_EQ(options.log_format, LogFormat::kJson);
  EXPECT_EQ(options.limits.max_rules, 3);
  directory.Write("bad", "--listen=localhost:7\nlog-format=json\n");
  const auto bad = ParseOptions({"--flagfile", directory.Path("bad")});
  EXPECT_THAT(std::string(bad.status().message()), HasSubstr("bad:2: got `log-format=json`"));
}

TEST(OptionsTest, DurationsAreWrittenAlikeEverywhere) {
  for (const auto& [text, duration] : {std::pair("1500ms", absl::Milliseconds(1500)),
                                       {"0.5s", absl::Milliseconds(500)},
                                       {"2m", absl::Minutes(2)},
                                       {"1d12h", absl::Hours(36)}}) {
    const ServerOptions options =
        Parse({StrCat("--drain-timeout=", text), StrCat("--max-revision-wait=", text),
               StrCat("--slow-request=", text)});
    EXPECT_EQ(options.drain_timeout, duration) << text;
    EXPECT_EQ(options.limits.max_revision_wait, duration) << text;
    EXPECT_EQ(options.request_log.slow, absl::ToChronoNanoseconds(duration)) << text;
  }
  EXPECT_FALSE(ParseOptions({"--drain-timeout=inf"}).ok());
}

TEST(OptionsTest, HelpAndVersionAreTexts) {
  EXPECT_THAT(ParseOptions({"--help"})->text, HasSubstr("--drain-timeout"));
  EXPECT_THAT(ParseOptions({"--version"})->text, HasSubstr("pqld "));
}

}  // namespace
}  // namespace pql
