// Who may do what: identities with roles, each for all rule sets or for some.
//
// An access file has one statement a line; what follows `#` is a comment:
//
//   grant ada@example.com editor slack facebook    # of these rule sets; none named: of all
//   grant crm-service evaluator
//   token 9c1d...42d8 crm-service                  # SHA-256 of a bearer token, in hexadecimal
//   token 03fa...77b1 ada@example.com until 2026-12-31   # nobody's from then on (UTC)
//
// An identity is what a client certificate says (a subject alternative name, else the common name)
// or what a token stands for.  An identity with several grants may do what any of them allows.

#ifndef PQL_ENGINE_ACCESS_H_
#define PQL_ENGINE_ACCESS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/caller.h"

namespace pql {

// Each includes those before it.
enum class Role : uint8_t {
  kEvaluator,  // Evaluate, BatchEvaluate, StreamEvaluate
  kViewer,     // reads rules, history, schema, the status; validates and tests sources; watches
  kEditor,     // changes rule sets that exist
  kAdmin,      // makes new rule sets
};
std::string_view RoleName(Role role);  // "evaluator"

// Immutable; thread-safe.
class AccessPolicy {
 public:
  // INVALID_ARGUMENT names the line and what is wrong with it.
  static absl::StatusOr<AccessPolicy> Parse(std::string_view text);

  struct Bearer {
    std::string identity;
    absl::Time until = absl::InfiniteFuture();  // from then on the token is nobody's
  };
  // Whose token this is at `now`.  Takes as long for a wrong token as for a right one.
  std::optional<Bearer> BearerOf(std::string_view token, absl::Time now) const;
  bool Knows(std::string_view identity) const;
  bool has_tokens() const { return !tokens_.empty(); }
  bool is_empty() const { return grants_.empty() && tokens_.empty(); }

  // `rule_set`: its id; empty: any one.
  bool Allows(std::string_view identity, Role role, std::string_view rule_set) const;
  // The rule sets for which the identity has the role; nothing: all there are.
  std::optional<std::set<std::string>> RuleSetsOf(std::string_view identity, Role role) const;

 private:
  struct Grant {
    Role role = Role::kEvaluator;
    std::set<std::string, std::less<>> rule_sets;  // empty: all
  };
  struct Token {
    std::string digest;  // 64 hexadecimal digits, lower case
    Bearer bearer;
  };
  absl::Status AddLine(const std::vector<std::string>& words);
  absl::Status AddToken(const std::vector<std::string>& words);

  std::map<std::string, std::vector<Grant>, std::less<>> grants_;
  std::vector<Token> tokens_;
};

// The policy in force, which can be replaced while calls are answered.  Thread-safe.
class AccessControl {
 public:
  using DenialListener = std::function<void(const Caller& caller, const absl::Status& denial)>;

  // Null: no identities are configured.  Tells the policy listener.
  void SetPolicy(std::shared_ptr<const AccessPolicy> policy);
  std::shared_ptr<const AccessPolicy> policy() const;
  // Hears that another policy is in force, on the thread that set it.  REQUIRES: before the first
  // call.
  void SetPolicyListener(std::function<void()> listener) { policy_listener_ = std::move(listener); }
  // Hears of every denial.  REQUIRES: before the first call.
  void SetDenialListener(DenialListener listener) { listener_ = std::move(listener); }

  // OK, UNAUTHENTICATED (who calls is not known, or its token is none of ours) or
  // PERMISSION_DENIED.  Without a policy everybody may evaluate and read, and whoever calls from
  // this machine may change rules.  `rule_set`: its id; empty: any one.
  absl::Status Check(const Caller& caller, Role role, std::string_view rule_set) const;

 private:
  absl::Status Decide(const Caller& caller, Role role, std::string_view rule_set) const;

  mutable std::mutex mutex_;
  std::shared_ptr<const AccessPolicy> policy_;
  std::function<void()> policy_listener_;
  DenialListener listener_;
};

}  // namespace pql

#endif  // PQL_ENGINE_ACCESS_H_
