// An access file of any bytes: it is refused with a message that can be shown and tells no token,
// or it says what its lines say, which are read here by other means.  Comments, blank lines and
// either line end change nothing.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "engine/access.h"
#include "tests/fuzz/messages.h"

namespace pql {
namespace {

using fuzz::Require;
using Words = std::vector<std::string>;

constexpr Role kRoles[] = {Role::kEvaluator, Role::kViewer, Role::kEditor, Role::kAdmin};
constexpr const char* kTokens[] = {"one", "two"};  // those that inputs have the SHA-256 of
const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

// The words of each line that has any.
std::vector<Words> StatementsOf(const std::string& text) {
  std::vector<Words> statements(1);
  std::string word;
  bool in_comment = false;
  const auto end_word = [&] {
    if (!word.empty()) statements.back().push_back(word);
    word.clear();
  };
  for (const char c : text + "\n") {
    in_comment = c != '\n' && (in_comment || c == '#');
    if (in_comment || c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      end_word();
    } else {
      word += c;
    }
    if (c == '\n' && !statements.back().empty()) statements.emplace_back();
  }
  statements.pop_back();
  return statements;
}

struct Grant {
  Role role;
  std::set<std::string> rule_sets;  // empty: all
};

Role RoleOf(const std::string& name) {
  for (const Role role : kRoles) {
    if (RoleName(role) == name) return role;
  }
  Require(false, "a role that is taken is one", name);
  return Role::kEvaluator;
}

void RequireAllows(const AccessPolicy& policy, const std::vector<Words>& statements,
                   const std::string& text) {
  std::map<std::string, std::vector<Grant>> grants;
  std::set<std::string> rule_sets = {"granted nowhere"};
  for (const Words& words : statements) {
    if (words[0] != "grant") continue;
    const std::set<std::string> granted(words.begin() + 3, words.end());
    grants[words[1]].push_back({RoleOf(words[2]), granted});
    rule_sets.insert(granted.begin(), granted.end());
  }
  for (const auto& [identity, granted] : grants) {
    Require(policy.Knows(identity), "who has a grant is known", text);
    for (const Role role : kRoles) {
      const auto visible = policy.RuleSetsOf(identity, role);
      for (const std::string& rule_set : rule_sets) {
        const bool allowed = std::any_of(granted.begin(), granted.end(), [&](const Grant& grant) {
          return grant.role >= role &&
                 (grant.rule_sets.empty() || grant.rule_sets.contains(rule_set));
        });
        Require(policy.Allows(identity, role, rule_set) == allowed, "grants are as written", text);
        Require((!visible.has_value() || visible->contains(rule_set)) == allowed,
                "the rule sets of an identity are those it is allowed", text);
      }
    }
  }
  Require(!policy.Allows("nobody at all", Role::kEvaluator, ""), "strangers may nothing", text);
}

void RequireTokens(const AccessPolicy& policy, const std::vector<Words>& statements,
                   const std::string& text) {
  for (const std::string token : kTokens) {
    const std::string digest = absl::BytesToHexString(Sha256(token));
    const auto line = std::find_if(statements.begin(), statements.end(), [&](const Words& words) {
      return words[0] == "token" && absl::AsciiStrToLower(words[1]) == digest;
    });
    const auto now = policy.BearerOf(token, kNow);
    const auto ever = policy.BearerOf(token, absl::InfinitePast());
    Require(ever.has_value() == (line != statements.end()), "tokens are those of the file", text);
    Require(!now.has_value() || now->identity == ever->identity, "a token stands for one identity",
            text);
    if (!ever.has_value()) continue;
    Require(ever->identity == (*line)[2], "a token is who the file says", text);
    Require(policy.Knows(ever->identity), "who has a token has a grant", text);
    Require(line->size() > 3 || now.has_value(), "a token without end is good", text);
  }
}

// As those that programs make are written, in base64; nothing of a message's own looks like it.
bool LooksLikeToken(const std::string& word) {
  constexpr size_t kLongerThanAnyWordOfOurs = 24;
  return word.size() >= kLongerThanAnyWordOfOurs &&
         std::all_of(word.begin(), word.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) ||
                  std::string_view("+/-_=").find(static_cast<char>(c)) != std::string_view::npos;
         });
}

// What stands where the hash should is the token itself, if somebody mistook them.
void RequireNoToken(std::string_view message, const std::vector<Words>& statements,
                    const std::string& text) {
  for (const Words& words : statements) {
    if (words[0] != "token" || words.size() < 2) continue;
    const std::string& token = words[1];
    if (!LooksLikeToken(token) || text.find(token) != text.rfind(token)) continue;
    Require(message.find(token) == std::string_view::npos, "no token is shown", text);
  }
}

void ReadAccessFile(const std::string& text) {
  const std::vector<Words> statements = StatementsOf(text);
  const absl::StatusOr<AccessPolicy> policy = AccessPolicy::Parse(text);
  if (!policy.ok()) {
    fuzz::RequireGoodMessage(policy.status());
    RequireNoToken(FromAbsl(policy.status().message()), statements, text);
    return;
  }
  RequireAllows(*policy, statements, text);
  RequireTokens(*policy, statements, text);
  const std::string longer = absl::StrReplaceAll(text, {{"\n", " # grant ada admin\r\n\n"}});
  const absl::StatusOr<AccessPolicy> same = AccessPolicy::Parse(longer);
  Require(same.ok(), "comments and blank lines are nothing", longer);
  RequireAllows(*same, statements, longer);
  RequireTokens(*same, statements, longer);
}

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pql::ReadAccessFile(pql::fuzz::TextOf(data, size));
  return 0;
}
