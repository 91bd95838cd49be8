#include "service/caller.h"

#include <grpcpp/security/auth_context.h>

#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "base/strings.h"

namespace pql {
namespace {

constexpr std::string_view kBearer = "bearer ";

// The token of the metadata; nothing when there is none, empty when it is no bearer token.
std::optional<std::string> TokenOf(const grpc::ServerContextBase& context) {
  const auto found = context.client_metadata().find("authorization");
  if (found == context.client_metadata().end()) return std::nullopt;
  const absl::string_view value(found->second.data(), found->second.size());
  if (!absl::StartsWithIgnoreCase(value, ToAbsl(kBearer))) return std::string();
  return std::string(value.substr(kBearer.size()));
}

void NameByCertificate(const grpc::ServerContextBase& context, const AccessPolicy* policy,
                       Caller* caller) {
  const std::shared_ptr<const grpc::AuthContext> auth = context.auth_context();
  if (auth == nullptr || !auth->IsPeerAuthenticated()) return;
  for (const grpc::string_ref& name : auth->GetPeerIdentity()) {
    const std::string identity(name.data(), name.size());
    if (identity.empty()) continue;
    const bool known = policy != nullptr && policy->Knows(identity);
    if (known || !caller->authenticated) caller->identity = identity;
    caller->authenticated = true;
    if (known) return;
  }
}

// Of several headers none counts, for nobody knows which is right.
std::optional<TraceContext> TraceOf(const grpc::ServerContextBase& context) {
  const auto [first, end] = context.client_metadata().equal_range("traceparent");
  if (first == end || std::next(first) != end) return std::nullopt;
  return ParseTraceparent({first->second.data(), first->second.size()});
}

}  // namespace

Caller CallerOf(const Engine& engine, const grpc::ServerContextBase& context) {
  const std::shared_ptr<const AccessPolicy> policy = engine.access().policy();
  Caller caller{.peer = AddressOf(context.peer()),
                .is_local = IsLocalPeer(context.peer()),
                .trace = TraceOf(context)};
  const std::optional<std::string> token = policy == nullptr ? std::nullopt : TokenOf(context);
  if (!token.has_value()) {
    NameByCertificate(context, policy.get(), &caller);
    return caller;
  }
  if (std::optional<AccessPolicy::Bearer> bearer = policy->BearerOf(*token, engine.clock().Now())) {
    caller.identity = std::move(bearer->identity);
    caller.authenticated = true;
    caller.proved_until = bearer->until;
  } else {
    caller.bad_token = true;
  }
  return caller;
}

std::optional<std::set<std::string>> VisibleRuleSets(const Engine& engine,
                                                     const grpc::ServerContextBase& context) {
  const std::shared_ptr<const AccessPolicy> policy = engine.access().policy();
  if (policy == nullptr) return std::nullopt;
  return policy->RuleSetsOf(CallerOf(engine, context).identity, Role::kViewer);
}

std::string AddressOf(std::string_view peer) {
  for (const std::string_view scheme : {"ipv4:", "ipv6:"}) {
    if (!peer.starts_with(scheme)) continue;
    return absl::StrReplaceAll(ToAbsl(peer.substr(scheme.size())), {{"%5B", "["}, {"%5D", "]"}});
  }
  return std::string(peer);
}

bool IsLocalPeer(std::string_view peer) {
  if (peer.starts_with("unix:") || peer.starts_with("inproc:")) return true;
  const std::string address = AddressOf(peer);
  return address.starts_with("127.") || address.starts_with("[::1]:") ||
         address.starts_with("[::ffff:127.");
}

}  // namespace pql
