#include "server/connection_table.h"

#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"

namespace pql {
namespace {

constexpr size_t kIpv4Bytes = 4;

std::string BytesAt(const void* bytes, size_t size) {
  return {static_cast<const char*>(bytes), size};
}

std::optional<ino_t> SocketOf(int fd) {
  struct stat found {};
  if (::fstat(fd, &found) != 0 || !S_ISSOCK(found.st_mode)) return std::nullopt;
  return found.st_ino;
}

tcp_info InfoOf(int fd) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length);
  return info;  // zeros where there is none
}

absl::Duration SilenceOf(int fd) {
  const tcp_info info = InfoOf(fd);
  return absl::Milliseconds(std::min(info.tcpi_last_data_recv, info.tcpi_last_data_sent));
}

}  // namespace

std::string HostOf(const sockaddr_storage& peer) {
  if (peer.ss_family == AF_INET) {
    return BytesAt(&reinterpret_cast<const sockaddr_in&>(peer).sin_addr, kIpv4Bytes);
  }
  if (peer.ss_family != AF_INET6) return {};
  const in6_addr& address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
  const size_t skipped = IN6_IS_ADDR_V4MAPPED(&address) ? sizeof(address) - kIpv4Bytes : 0;
  return BytesAt(address.s6_addr + skipped, sizeof(address) - skipped);
}

void ConnectionTable::Add(int fd, const std::string& host) {
  // The number was given again: whoever had it is gone.
  const auto old = connections_.find(fd);
  if (old != connections_.end()) Remove(old);
  const std::optional<ino_t> socket = SocketOf(fd);
  if (!socket.has_value()) return;
  connections_[fd] = {*socket, host};
  ++from_[host];
}

ConnectionTable::Connections::iterator ConnectionTable::Remove(Connections::iterator connection) {
  const auto from = from_.find(connection->second.host);
  if (--from->second == 0) from_.erase(from);
  return connections_.erase(connection);
}

void ConnectionTable::RemoveClosed() {
  for (auto it = connections_.begin(); it != connections_.end();) {
    if (SocketOf(it->first) != it->second.socket) {
      it = Remove(it);
      continue;
    }
    it->second.received = InfoOf(it->first).tcpi_bytes_received;
    ++it;
  }
}

bool ConnectionTable::End(Connections::iterator connection) {
  // gRPC may close the descriptor at any moment, and something else get its number: one of our own
  // is shut down, once it is known to be of the same socket.
  const FileDescriptor same(::fcntl(connection->first, F_DUPFD_CLOEXEC, 0));
  if (!same.is_open() || SocketOf(same.get()) != connection->second.socket) return false;
  ::shutdown(same.get(), SHUT_RDWR);
  Remove(connection);
  return true;
}

size_t ConnectionTable::EndQuiet(absl::Duration quiet, size_t most) {
  std::vector<std::pair<absl::Duration, int>> silent;
  for (const auto& [fd, connection] : connections_) {
    const absl::Duration silence = SilenceOf(fd);
    if (silence >= quiet) silent.emplace_back(silence, fd);
  }
  std::sort(silent.rbegin(), silent.rend());
  if (silent.size() > most) silent.resize(most);
  size_t ended = 0;
  for (const auto& [silence, fd] : silent) {
    if (End(connections_.find(fd))) ++ended;
  }
  return ended;
}

bool ConnectionTable::EndBusiest() {
  auto busiest = connections_.end();
  uint64_t most = 0;
  for (auto it = connections_.begin(); it != connections_.end(); ++it) {
    const uint64_t received = InfoOf(it->first).tcpi_bytes_received;
    // Less than before: of another socket.
    if (received < it->second.received || received - it->second.received <= most) continue;
    most = received - it->second.received;
    busiest = it;
  }
  return busiest != connections_.end() && End(busiest);
}

size_t ConnectionTable::CountFrom(const std::string& host) const {
  const auto found = from_.find(host);
  return found == from_.end() ? 0 : found->second;
}

}  // namespace pql
