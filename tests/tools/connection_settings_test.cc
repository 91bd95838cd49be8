#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tools/pql/remote/connection.h"

namespace pql {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  return std::string(ParseConnectionSettings("config", text).status().message());
}

TEST(ConnectionSettingsTest, LinesOfNameAndValue) {
  const auto settings = ParseConnectionSettings(
      "config", "# mine\r\n\n  server =  rules.example.com:443\t\r\ntls=on\ncert = a=b\nkey=");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(*settings,
            (ConnectionSettings{
                {"server", "rules.example.com:443"}, {"tls", "on"}, {"cert", "a=b"}, {"key", ""}}));
}

TEST(ConnectionSettingsTest, TheLastOfSeveralCounts) {
  const auto settings = ParseConnectionSettings("config", "server = a:1\nserver = b:2\n");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->at("server"), "b:2");
}

TEST(ConnectionSettingsTest, WhatIsNoSettingIsNamed) {
  EXPECT_THAT(ErrorOf("tls = on\nsever = a:1\n"), HasSubstr("config:2: got `sever = a:1`"));
  EXPECT_THAT(ErrorOf("server a:1"), HasSubstr("config:1: got `server a:1`"));
  EXPECT_THAT(ErrorOf("server\n"), HasSubstr("config:1: got `server`"));
}

TEST(ConnectionSettingsTest, WhatItSaysCanBeShown) {
  EXPECT_THAT(ErrorOf("a\x1b[31m = 1"), HasSubstr("got `a<U+001B>[31m = 1`"));
  EXPECT_LT(ErrorOf(std::string(100'000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace pql
