#include "engine/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/escaping.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "engine/error.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

std::string DigestOfToken(const std::string& token) {
  return absl::BytesToHexString(Sha256(token));
}

std::shared_ptr<const AccessPolicy> Policy(const std::string& text) {
  absl::StatusOr<AccessPolicy> policy = AccessPolicy::Parse(text);
  EXPECT_TRUE(policy.ok()) << policy.status();
  return std::make_shared<const AccessPolicy>(*std::move(policy));
}

std::string ParseError(const std::string& text) {
  return std::string(AccessPolicy::Parse(text).status().message());
}

TEST(AccessPolicyTest, SaysWhatIsWrongWithALine) {
  EXPECT_EQ(ParseError("grant ada editor\ngrant bob"),
            "line 2: expected `grant IDENTITY ROLE [RULE_SET...]`");
  EXPECT_THAT(ParseError("grant ada edtor"), HasSubstr("did you mean `editor`?"));
  EXPECT_THAT(ParseError("grand ada editor"), HasSubstr("`grand` is no statement"));
  EXPECT_THAT(ParseError("token secret ada"), HasSubstr("64 hexadecimal digits"));
  EXPECT_THAT(ParseError("token secret ada"), ::testing::Not(HasSubstr("secret")));
  EXPECT_EQ(ParseError("token " + DigestOfToken("x") + " ada"), "`ada` has a token and no grant");
  EXPECT_THAT(ParseError("grant ada editor\ngrant bob viewer\ntoken " + DigestOfToken("x") +
                         " ada\ntoken " + DigestOfToken("x") + " bob"),
              HasSubstr("line 4: `ada` has the same token"));
}

TEST(AccessPolicyTest, WhatItSaysCanBeShown) {
  const std::string token = "\ntoken " + DigestOfToken("x") + " ";
  EXPECT_EQ(ParseError("grant ada viewer" + token + "b\x1b[31mob"),
            "`b<U+001B>[31mob` has a token and no grant");
  EXPECT_EQ(ParseError("# \xFF\ngrant ada \xFF\x9C"), "line 2 is not UTF-8");
  EXPECT_LT(ParseError(std::string(100'000, 'x')).size(), 200U);
  EXPECT_LT(ParseError("grant ada " + std::string(100'000, 'x')).size(), 200U);
}

TEST(AccessPolicyTest, CommentsAndBlankLinesAreNothing) {
  EXPECT_TRUE(Policy("# who\n\n  grant ada editor slack # only this\r\n")
                  ->Allows("ada", Role::kEditor, "slack"));
}

std::string IdentityOf(const AccessPolicy& policy, const std::string& token, absl::Time now) {
  const std::optional<AccessPolicy::Bearer> bearer = policy.BearerOf(token, now);
  return bearer.has_value() ? bearer->identity : "nobody";
}

TEST(AccessPolicyTest, ATokenStandsForItsIdentity) {
  const auto policy = Policy("grant ada editor\ngrant crm evaluator\ntoken " +
                             DigestOfToken("one") + " ada\ntoken " + DigestOfToken("two") + " crm");
  EXPECT_EQ(IdentityOf(*policy, "one", kNow), "ada");
  EXPECT_EQ(IdentityOf(*policy, "two", kNow), "crm");
  EXPECT_EQ(IdentityOf(*policy, "three", kNow), "nobody");
  EXPECT_EQ(IdentityOf(*policy, "", kNow), "nobody");
}

TEST(AccessPolicyTest, ATokenEndsWhenItSays) {
  const std::string token = "grant ada editor\ntoken " + DigestOfToken("one") + " ada until ";
  const auto policy = Policy(token + "2026-12-31T18:00:00Z");
  absl::Time end;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, "2026-12-31T18:00:00Z", &end, nullptr));
  EXPECT_EQ(IdentityOf(*policy, "one", end - absl::Microseconds(1)), "ada");
  EXPECT_EQ(policy->BearerOf("one", kNow)->until, end);
  EXPECT_EQ(IdentityOf(*policy, "one", end), "nobody");
  EXPECT_THAT(ParseError(token + "tomorrow"), HasSubstr("line 2: `tomorrow` is no time such as"));
  EXPECT_THAT(ParseError(token), HasSubstr("expected `token SHA256 IDENTITY [until TIME]`"));
}

TEST(AccessPolicyTest, ARoleIncludesThoseBeforeIt) {
  const std::vector<Role> roles = {Role::kEvaluator, Role::kViewer, Role::kEditor, Role::kAdmin};
  for (const Role held : roles) {
    const auto policy = Policy(StrCat("grant ada ", RoleName(held)));
    for (const Role wanted : roles) {
      EXPECT_EQ(policy->Allows("ada", wanted, "slack"), held >= wanted)
          << RoleName(held) << " for " << RoleName(wanted);
    }
    EXPECT_FALSE(policy->Allows("bob", Role::kEvaluator, "slack"));
  }
}

TEST(AccessPolicyTest, GrantsAddUp) {
  const auto policy = Policy("grant ada viewer\ngrant ada editor slack matjar");
  EXPECT_TRUE(policy->Allows("ada", Role::kViewer, "other"));
  EXPECT_TRUE(policy->Allows("ada", Role::kEditor, "slack"));
  EXPECT_FALSE(policy->Allows("ada", Role::kEditor, "other"));
  EXPECT_TRUE(policy->Allows("ada", Role::kEditor, ""));
  EXPECT_EQ(policy->RuleSetsOf("ada", Role::kViewer), std::nullopt);
  EXPECT_THAT(policy->RuleSetsOf("ada", Role::kEditor), Optional(ElementsAre("matjar", "slack")));
}

TEST(AccessControlTest, WithoutIdentitiesOnlyThisMachineChangesRules) {
  const AccessControl access;
  const Caller near{.is_local = true};
  const Caller far;
  EXPECT_TRUE(access.Check(near, Role::kAdmin, "slack").ok());
  EXPECT_TRUE(access.Check(far, Role::kEvaluator, "slack").ok());
  EXPECT_TRUE(access.Check(far, Role::kViewer, "slack").ok());
  EXPECT_EQ(access.Check(far, Role::kEditor, "slack").code(), absl::StatusCode::kPermissionDenied);
}

TEST(AccessControlTest, WithIdentitiesNobodyIsAnonymous) {
  AccessControl access;
  access.SetPolicy(Policy("grant ada editor slack"));
  int denials = 0;
  access.SetDenialListener([&](const Caller&, const absl::Status&) { ++denials; });
  const Caller nobody{.is_local = true};
  EXPECT_EQ(access.Check(nobody, Role::kEvaluator, "slack").code(),
            absl::StatusCode::kUnauthenticated);
  const Caller stale{.bad_token = true};
  const absl::Status unknown = access.Check(stale, Role::kEvaluator, "slack");
  EXPECT_EQ(unknown.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonOf(unknown)->reason, "NOT_AUTHENTICATED");
  const Caller ada{.identity = "ada", .authenticated = true};
  EXPECT_TRUE(access.Check(ada, Role::kEditor, "slack").ok());
  const absl::Status other = access.Check(ada, Role::kViewer, "other");
  EXPECT_EQ(other.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(other.message(), "`ada` may not read rule set `other`, which takes the role viewer");
  EXPECT_EQ(ReasonOf(other)->reason, "ROLE_MISSING");
  EXPECT_EQ(denials, 3);
}

TEST(AccessControlTest, ANewPolicyIsInForceAtOnce) {
  AccessControl access;
  const Caller ada{.identity = "ada", .authenticated = true};
  access.SetPolicy(Policy("grant ada editor"));
  EXPECT_TRUE(access.Check(ada, Role::kEditor, "slack").ok());
  access.SetPolicy(Policy("grant bob editor"));
  EXPECT_EQ(access.Check(ada, Role::kEditor, "slack").code(), absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace pql
