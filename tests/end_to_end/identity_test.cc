// Who may do what on a real server: tokens, roles, TLS, client certificates, and what a change of
// their files does while the server runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/end_to_end/credentials.h"
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
  work_.MakeCa("ca");
  work_.MakeCa("other-ca");
  work_.MakeCertificate("localhost", "ca");
  work_.MakeCertificate("ada", "ca");
  work_.MakeCertificate("mallory", "other-ca");
  work_.Write("access", "grant ada admin\n");
  server_ = std::make_unique<ServerProcess>(
      "", std::vector<std::string>{"--tls-cert=" + work_.Path("localhost.pem"),
                                   "--tls-key=" + work_.Path("localhost.key"),
                                   "--tls-client-ca=" + work_.Path("ca.pem"),
                                   "--access-file=" + work_.Path("access")});
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
