#include "service/caller.h"

#include "absl/strings/str_replace.h"
#include "base/strings.h"

namespace pql {

Caller CallerOf(const grpc::CallbackServerContext& context) {
  return {.peer = AddressOf(context.peer())};
}

std::string AddressOf(std::string_view peer) {
  for (const std::string_view scheme : {"ipv4:", "ipv6:"}) {
    if (!peer.starts_with(scheme)) continue;
    return absl::StrReplaceAll(ToAbsl(peer.substr(scheme.size())), {{"%5B", "["}, {"%5D", "]"}});
  }
  return std::string(peer);
}

}  // namespace pql
