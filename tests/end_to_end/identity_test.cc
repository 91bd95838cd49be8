// Who may do what on a real server: tokens, roles, TLS, client certificates, and what a change of
// their files does while the server runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/end_to_end/credentials.h"
#include "tests/end_to_end/raw_http2.h"
#include "tests/end_to_end/server_process.h"

namespace pql {
namespace {

using ::testing::HasSubstr;

class IdentityTest : public ::testing::Test {
 protected:
  IdentityTest() {
    work_.Write("slack/rules.pql", "metric messages: number\nrule team { when messages >= 10 }\n");
  }

  // Runs `pql ARGUMENTS` against the server and returns its exit status.
  int Pql(std::vector<std::string> arguments, const std::vector<std::string>& who) {
    arguments.insert(arguments.end(), {"--server", server_->address()});
    arguments.insert(arguments.end(), who.begin(), who.end());
    const Finished run = RunPql(std::move(arguments));
    out_ = run.out;
    err_ = run.err;
    return run.exit;
  }
  std::vector<std::string> Token(const std::string& identity) {
    return {"--token-file", work_.Path(identity)};
  }
  std::vector<std::string> Certificate(const std::string& identity, const std::string& ca) {
    return {"--ca-cert", work_.Path(ca + ".pem"),      "--cert", work_.Path(identity + ".pem"),
            "--key",     work_.Path(identity + ".key")};
  }

  // A server that `ca` vouches for, and that asks for certificates of `ca`'s: ada has one, and
  // mallory one of another authority.
  void StartWithCertificates(const std::string& access) {
    for (const char* ca : {"ca", "other-ca"}) work_.MakeCa(ca);
    for (const char* name : {"localhost", "ada"}) work_.MakeCertificate(name, "ca");
    work_.MakeCertificate("mallory", "other-ca");
    work_.Write("access", access);
    server_ = std::make_unique<ServerProcess>(
        "", std::vector<std::string>{"--tls-cert=" + work_.Path("localhost.pem"),
                                     "--tls-key=" + work_.Path("localhost.key"),
                                     "--tls-client-ca=" + work_.Path("ca.pem"),
                                     "--access-file=" + work_.Path("access")});
  }

  const Credentials work_;
  std::unique_ptr<ServerProcess> server_;
  std::string out_;
  std::string err_;
};

TEST_F(IdentityTest, TokensAndRoles) {
  const std::string tokens =
      work_.TokenLine("root") + work_.TokenLine("ada") + work_.TokenLine("eve");
  work_.Write("access",
              "grant root admin\ngrant ada editor slack\ngrant eve viewer slack\n" + tokens);
  server_ = std::make_unique<ServerProcess>(
      "", std::vector<std::string>{"--access-file=" + work_.Path("access")});
  const std::vector<std::string> push = {"push", work_.Path("slack")};

  EXPECT_EQ(Pql(push, {}), 2);
  EXPECT_THAT(err_, HasSubstr("who calls is not known"));
  EXPECT_EQ(Pql(push, Token("ada")), 2);  // to make a rule set takes an admin
  EXPECT_THAT(err_, HasSubstr("which takes the role admin"));
  ASSERT_EQ(Pql(push, Token("root")), 0) << err_;
  work_.Write("slack/rules.pql", "metric messages: number\nrule team { when messages >= 20 }\n");
  EXPECT_EQ(Pql(push, Token("eve")), 2);
  EXPECT_THAT(err_, HasSubstr("`eve` may not change rule set `slack`"));
  ASSERT_EQ(Pql(push, Token("ada")), 0) << err_;
  ASSERT_EQ(Pql({"revisions", "slack"}, Token("eve")), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("root"));
  EXPECT_THAT(out_, HasSubstr("ada"));
  EXPECT_EQ(server_->CountLog("call denied"), 3);

  // A grant that is taken back is gone within a second; a broken file changes nothing.
  work_.Write("access", "grant ada edtor\n");
  EXPECT_TRUE(Eventually([this] {
    return server_->CountLog("access file not loaded; the last good one stays in force") == 1;
  }));
  EXPECT_EQ(Pql({"revisions", "slack"}, Token("ada")), 0) << err_;
  work_.Write("access", "grant root admin\ngrant eve viewer slack\ngrant ada evaluator\n" + tokens);
  EXPECT_TRUE(Eventually([this] { return Pql({"revisions", "slack"}, Token("ada")) == 2; }));
  EXPECT_THAT(err_, HasSubstr("which takes the role viewer"));
}

TEST_F(IdentityTest, ClientCertificates) {
  StartWithCertificates("grant ada admin\n");
  const std::vector<std::string> push = {"push", work_.Path("slack")};
  EXPECT_EQ(Pql(push, {"--ca-cert", work_.Path("ca.pem")}), 2);  // no certificate
  EXPECT_EQ(Pql(push, Certificate("mallory", "ca")), 2);         // nobody's whom the server trusts
  EXPECT_EQ(Pql(push, Certificate("ada", "other-ca")), 2);       // a server that nobody trusts
  ASSERT_EQ(Pql(push, Certificate("ada", "ca")), 0) << err_;
  ASSERT_EQ(Pql({"revisions", "slack"}, Certificate("ada", "ca")), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("ada"));

  // A certificate that is replaced is used without a restart: now another authority vouches for it.
  work_.MakeCertificate("localhost", "other-ca");
  EXPECT_TRUE(Eventually([this] {
    return Pql({"revisions", "slack"}, Certificate("ada", "other-ca")) == 0;
  })) << err_;
}

TEST_F(IdentityTest, BrokenCertificatesChangeNothing) {
  StartWithCertificates("grant ada admin\ngrant mallory admin\n");
  const std::vector<std::string> push = {"push", work_.Path("slack")};
  ASSERT_EQ(Pql(push, Certificate("ada", "ca")), 0) << err_;
  const std::string ca = work_.Read("ca.pem");
  const std::string certificate = work_.Read("localhost.pem");
  const std::string key = work_.Read("localhost.key");
  constexpr char kNotLoaded[] = "certificates not loaded; the last good ones stay in force";
  int said = 0;
  const auto expect_unchanged = [&] {
    EXPECT_TRUE(Eventually([&] { return server_->CountLog(kNotLoaded) == said + 1; }))
        << server_->CountLog(kNotLoaded);
    said = server_->CountLog(kNotLoaded);
    work_.Write("own-ca.pem", ca);  // the client's
    EXPECT_EQ(Pql({"revisions", "slack"}, Certificate("ada", "own-ca")), 0) << err_;
    EXPECT_EQ(Pql({"revisions", "slack"}, Certificate("mallory", "own-ca")), 2);
    // Good again, so that the next one is told.
    work_.Write("ca.pem", ca);
    work_.Write("localhost.key", key);
    work_.Write("localhost.pem", certificate);
    std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
  };
  const std::string garbage =
      "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n";
  work_.Write("localhost.pem", garbage);
  expect_unchanged();
  work_.Write("localhost.pem", certificate + garbage);
  expect_unchanged();
  work_.Write("localhost.key", work_.Read("ada.key"));
  expect_unchanged();
  std::remove(work_.Path("localhost.pem").c_str());
  expect_unchanged();
  work_.Write("ca.pem", "");
  expect_unchanged();
  EXPECT_EQ(server_->CountLog("certificates loaded"), 0);

  // Who signs clients' certificates is followed, too.
  work_.Write("ca.pem", work_.Read("other-ca.pem"));
  EXPECT_TRUE(Eventually([this] {
    return Pql({"revisions", "slack"}, Certificate("mallory", "own-ca")) == 0;
  })) << err_;
  EXPECT_EQ(Pql({"revisions", "slack"}, Certificate("ada", "own-ca")), 2);
}

TEST_F(IdentityTest, FromTheFirstTokenOnCertificatesAreNotDemanded) {
  StartWithCertificates("grant ada admin\n");
  const std::string token = work_.TokenLine("ada");
  const std::vector<std::string> with_token = {"--ca-cert", work_.Path("ca.pem"), "--token-file",
                                               work_.Path("ada")};
  const std::vector<std::string> push = {"push", work_.Path("slack")};
  EXPECT_EQ(Pql(push, with_token), 2);
  EXPECT_THAT(err_, HasSubstr("no answer"));
  work_.Write("access", "grant ada admin\n" + token);
  EXPECT_TRUE(Eventually([&] { return Pql(push, with_token) == 0; })) << err_;
  work_.Write("access", "grant ada admin\n");
  EXPECT_TRUE(Eventually([&] {
    return Pql({"revisions", "slack"}, with_token) == 2 &&
           err_.find("no answer") != std::string::npos;
  })) << err_;
}

// Each is a line of gRPC's, from whoever reaches the port.
TEST_F(IdentityTest, WhatIsNoTlsCannotFillTheLog) {
  work_.MakeCa("ca");
  work_.MakeCertificate("localhost", "ca");
  server_ = std::make_unique<ServerProcess>(
      "", std::vector<std::string>{"--tls-cert=" + work_.Path("localhost.pem"),
                                   "--tls-key=" + work_.Path("localhost.key")});
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 1'000; ++i) {
    RawHttp2 connection(std::stoi(server_->port()));
    connection.Send("this is no TLS\r\n\r\n");
    connection.IsClosedWithin(10'000);
  }
  const auto seconds =
      std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
  const int lines = server_->CountLog("grpc");
  EXPECT_GT(lines, 0) << "nothing is logged any more: this test is of no use";
  EXPECT_LE(lines, 100 * (seconds.count() + 1));
}

TEST_F(IdentityTest, WhatCannotBeReadIsSaidAtTheStart) {
  work_.MakeCa("ca");
  work_.MakeCertificate("localhost", "ca");
  const auto start_error = [this](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {Program("pqld"), "--store=memory", "--listen=localhost:0"});
    Subprocess process(flags);
    EXPECT_EQ(process.Wait(), 2);
    return process.Err();
  };
  const std::string cert = "--tls-cert=" + work_.Path("localhost.pem");
  EXPECT_THAT(start_error({cert, "--tls-key=" + work_.Path("none")}), HasSubstr("--tls-key"));
  EXPECT_THAT(start_error({cert, "--tls-key=" + work_.Path("ca.key")}),
              HasSubstr("is not that of"));
  EXPECT_THAT(start_error({"--tls-cert=" + work_.Path("slack/rules.pql"), "--tls-key=x"}),
              HasSubstr("holds no certificate in PEM form"));
  work_.Write("access", "grant ada\n");
  EXPECT_THAT(start_error({"--access-file=" + work_.Path("access")}),
              HasSubstr("line 1: expected `grant IDENTITY ROLE [RULE_SET...]`"));
}

}  // namespace
}  // namespace pql
