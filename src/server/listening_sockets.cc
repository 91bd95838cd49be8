#include "server/listening_sockets.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"

namespace pql {
namespace {

// A free port of one address may be taken on the next.
constexpr int kPortAttempts = 16;

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

absl::Status CannotListen(const std::string& address, std::string_view reason) {
  return absl::UnavailableError(
      StrCat("cannot listen on ", address, ": ", reason, "; choose another with --listen"));
}

std::string_view ReasonOf(int error) {
  switch (error) {
    case EADDRINUSE:
      return "the address is in use by another process";
    case EADDRNOTAVAIL:
      return "it is not an address of this machine";
    case EACCES:
      return "this user may not listen on that port";
    default:
      return std::strerror(error);
  }
}

absl::StatusOr<AddressList> Resolve(const std::string& address) {
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found);
  AddressList list(found, freeaddrinfo);
  if (error != 0) return CannotListen(address, ::gai_strerror(error));
  return list;
}

void SetPort(int port, sockaddr_storage* address) {
  const auto network_order = htons(static_cast<uint16_t>(port));
  if (address->ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_port = network_order;
  } else {
    reinterpret_cast<sockaddr_in*>(address)->sin_port = network_order;
  }
}

int PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
  // Both families have the port at the same place.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

// An errno, or 0 with the socket.  What is set here, accepted sockets inherit.
int OpenSocket(const sockaddr_storage& address, socklen_t length, FileDescriptor* out) {
  FileDescriptor fd(
      ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd.is_open()) return errno;
  const int on = 1;
  const int off = 0;
  // A restart need not wait for connections of the past.  A second server on the port fails all the
  // same: that takes SO_REUSEPORT.
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (address.ss_family == AF_INET6) {
    const bool any =
        IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr);
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, any ? &off : &on, sizeof(on));
  }
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0 ||
      ::listen(fd.get(), SOMAXCONN) != 0) {
    return errno;
  }
  *out = std::move(fd);
  return 0;
}

bool IsAnyIpv4(const sockaddr_storage& address) {
  return address.ss_family == AF_INET &&
         reinterpret_cast<const sockaddr_in*>(&address)->sin_addr.s_addr == htonl(INADDR_ANY);
}

// For every address of IPv4: one socket for both families, where there is IPv6.
int OpenAny(const sockaddr_storage& ipv4, socklen_t length, FileDescriptor* out) {
  sockaddr_storage both{};
  auto& ipv6 = reinterpret_cast<sockaddr_in6&>(both);
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = reinterpret_cast<const sockaddr_in*>(&ipv4)->sin_port;
  const int error = OpenSocket(both, sizeof(sockaddr_in6), out);
  return error == EAFNOSUPPORT || error == EADDRNOTAVAIL ? OpenSocket(ipv4, length, out) : error;
}

// An errno, or 0 with the sockets.
int OpenAll(const addrinfo* list, ListeningSockets* out) {
  *out = ListeningSockets();
  int missing = EADDRNOTAVAIL;
  std::set<std::string_view> seen;  // a file of hosts may name an address twice
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    const auto* bytes = reinterpret_cast<const char*>(entry->ai_addr);
    if (!seen.insert({bytes, entry->ai_addrlen}).second) continue;
    sockaddr_storage address{};
    std::memcpy(&address, entry->ai_addr, entry->ai_addrlen);
    if (out->port != 0) SetPort(out->port, &address);
    FileDescriptor socket;
    const int error = IsAnyIpv4(address) ? OpenAny(address, entry->ai_addrlen, &socket)
                                         : OpenSocket(address, entry->ai_addrlen, &socket);
    // A name may have an address of a family that this machine has not.
    if (error == EADDRNOTAVAIL || error == EAFNOSUPPORT) {
      missing = error;
      continue;
    }
    if (error != 0) return error;
    out->port = PortOf(socket.get());
    out->sockets.push_back(std::move(socket));
  }
  return out->sockets.empty() ? missing : 0;
}

}  // namespace

absl::StatusOr<ListeningSockets> OpenListeningSockets(const std::string& address) {
  PQL_ASSIGN_OR_RETURN(const AddressList list, Resolve(address));
  const bool any_port = address.ends_with(":0");
  ListeningSockets sockets;
  int error = OpenAll(list.get(), &sockets);
  for (int i = 1; i < kPortAttempts && any_port && error == EADDRINUSE; ++i) {
    error = OpenAll(list.get(), &sockets);
  }
  if (error != 0) return CannotListen(address, ReasonOf(error));
  return sockets;
}

}  // namespace pql
