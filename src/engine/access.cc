#include "engine/access.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/unicode.h"
#include "engine/error.h"
#include "engine/rule_query.h"

namespace pql {
namespace {

constexpr std::array<std::string_view, 4> kRoleNames = {"evaluator", "viewer", "editor", "admin"};
constexpr size_t kDigestDigits = 64;

std::optional<Role> FindRole(std::string_view name) {
  const auto found = std::find(kRoleNames.begin(), kRoleNames.end(), name);
  if (found == kRoleNames.end()) return std::nullopt;
  return static_cast<Role>(found - kRoleNames.begin());
}

bool IsDigest(std::string_view text) {
  return text.size() == kDigestDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

absl::Status Bad(std::string_view problem) { return absl::InvalidArgumentError(ToAbsl(problem)); }

std::string_view ActionOf(Role role) {
  switch (role) {
    case Role::kEvaluator:
      return "evaluate";
    case Role::kViewer:
      return "read";
    case Role::kEditor:
      return "change";
    case Role::kAdmin:
      return "make";
  }
  return "";
}

}  // namespace

std::string_view RoleName(Role role) { return kRoleNames[static_cast<size_t>(role)]; }

absl::StatusOr<AccessPolicy> AccessPolicy::Parse(std::string_view text) {
  AccessPolicy policy;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
    ++number;
    const absl::string_view code = line.substr(0, line.find('#'));
    const std::vector<std::string> words =
        absl::StrSplit(code, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty()) continue;
    if (FindInvalidUtf8(FromAbsl(code))) return Bad(StrCat("line ", number, " is not UTF-8"));
    const absl::Status status = policy.AddLine(words);
    if (!status.ok()) return Bad(StrCat("line ", number, ": ", FromAbsl(status.message())));
  }
  for (const Token& token : policy.tokens_) {
    if (!policy.Knows(token.bearer.identity)) {
      return Bad(StrCat("`", EscapeAndCut(token.bearer.identity), "` has a token and no grant"));
    }
  }
  return policy;
}

absl::Status AccessPolicy::AddLine(const std::vector<std::string>& words) {
  if (words[0] == "grant") {
    if (words.size() < 3) return Bad("expected `grant IDENTITY ROLE [RULE_SET...]`");
    const std::optional<Role> role = FindRole(words[2]);
    if (!role.has_value()) {
      const std::string_view nearest = NearestWord(words[2], kRoleNames);
      return Bad(StrCat("`", EscapeAndCut(words[2]),
                        "` is no role; there are evaluator, viewer, editor and admin",
                        nearest.empty() ? "" : StrCat("; did you mean `", nearest, "`?")));
    }
    grants_[words[1]].push_back({*role, {words.begin() + 3, words.end()}});
    return absl::OkStatus();
  }
  if (words[0] == "token") return AddToken(words);
  return Bad(StrCat("`", EscapeAndCut(words[0]), "` is no statement; expected `grant` or `token`"));
}

absl::Status AccessPolicy::AddToken(const std::vector<std::string>& words) {
  const bool ends = words.size() == 5 && words[3] == "until";
  if (words.size() != 3 && !ends) return Bad("expected `token SHA256 IDENTITY [until TIME]`");
  Token token{.digest = absl::AsciiStrToLower(words[1]), .bearer = {.identity = words[2]}};
  // Never shown: somebody may have put the token itself there.
  if (!IsDigest(token.digest)) {
    return Bad("the token's SHA-256 has 64 hexadecimal digits, as `sha256sum` prints them");
  }
  if (ends) {
    const std::optional<int64_t> until = ParseTimestamp(words[4]);
    if (!until.has_value()) {
      return Bad(StrCat("`", EscapeAndCut(words[4]),
                        "` is no time such as `2026-12-31` or `2026-12-31T18:00:00Z`"));
    }
    token.bearer.until = absl::FromUnixMicros(*until);
  }
  for (const Token& known : tokens_) {
    if (known.digest == token.digest) {
      return Bad(StrCat("`", EscapeAndCut(known.bearer.identity), "` has the same token"));
    }
  }
  tokens_.push_back(std::move(token));
  return absl::OkStatus();
}

std::optional<AccessPolicy::Bearer> AccessPolicy::BearerOf(std::string_view token,
                                                           absl::Time now) const {
  const std::string digest = absl::BytesToHexString(Sha256(token));
  const Token* found = nullptr;
  for (const Token& known : tokens_) {
    if (CRYPTO_memcmp(known.digest.data(), digest.data(), kDigestDigits) == 0) found = &known;
  }
  if (found == nullptr || now >= found->bearer.until) return std::nullopt;
  return found->bearer;
}

bool AccessPolicy::Knows(std::string_view identity) const {
  return grants_.find(identity) != grants_.end();
}

bool AccessPolicy::Allows(std::string_view identity, Role role, std::string_view rule_set) const {
  const auto found = grants_.find(identity);
  if (found == grants_.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(), [&](const Grant& grant) {
    return grant.role >= role && (rule_set.empty() || grant.rule_sets.empty() ||
                                  grant.rule_sets.find(rule_set) != grant.rule_sets.end());
  });
}

std::optional<std::set<std::string>> AccessPolicy::RuleSetsOf(std::string_view identity,
                                                              Role role) const {
  std::set<std::string> rule_sets;
  const auto found = grants_.find(identity);
  if (found == grants_.end()) return rule_sets;
  for (const Grant& grant : found->second) {
    if (grant.role < role) continue;
    if (grant.rule_sets.empty()) return std::nullopt;
    rule_sets.insert(grant.rule_sets.begin(), grant.rule_sets.end());
  }
  return rule_sets;
}

void AccessControl::SetPolicy(std::shared_ptr<const AccessPolicy> policy) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    policy_ = std::move(policy);
  }
  if (policy_listener_) policy_listener_();
}

std::shared_ptr<const AccessPolicy> AccessControl::policy() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return policy_;
}

absl::Status AccessControl::Check(const Caller& caller, Role role,
                                  std::string_view rule_set) const {
  absl::Status status = Decide(caller, role, rule_set);
  if (!status.ok() && listener_) listener_(caller, status);
  return status;
}

absl::Status AccessControl::Decide(const Caller& caller, Role role,
                                   std::string_view rule_set) const {
  const std::shared_ptr<const AccessPolicy> policy = this->policy();
  if (policy == nullptr) {
    if (role <= Role::kViewer || caller.is_local) return absl::OkStatus();
    return WithReason(absl::PermissionDeniedError(
                          "this server knows no identities (--access-file), so rules are changed "
                          "from its own machine only"),
                      {"ROLE_MISSING", {{"role", std::string(RoleName(role))}}});
  }
  if (!caller.authenticated) {
    return WithReason(
        absl::UnauthenticatedError(
            caller.bad_token
                ? "the bearer token is none that this server knows; it may have been replaced, or "
                  "have expired"
                : "who calls is not known; send a client certificate, or a bearer token in the "
                  "metadata `authorization`"),
        {"NOT_AUTHENTICATED"});
  }
  if (policy->Allows(caller.identity, role, rule_set)) return absl::OkStatus();
  const std::string what =
      rule_set.empty() ? "any rule set" : StrCat("rule set `", EscapeAndCut(rule_set), "`");
  ErrorReason reason{"ROLE_MISSING", {{"role", std::string(RoleName(role))}}};
  if (!rule_set.empty()) reason.metadata.emplace_back("rule_set", RuleSetName(rule_set));
  return WithReason(absl::PermissionDeniedError(StrCat("`", EscapeAndCut(caller.identity),
                                                       "` may not ", ActionOf(role), " ", what,
                                                       ", which takes the role ", RoleName(role))),
                    reason);
}

}  // namespace pql
