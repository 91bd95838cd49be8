// The connections that are open, by descriptor.  gRPC owns the descriptors and tells nobody when it
// closes one, so that the table looks for itself: a descriptor that is not the socket any more that
// it was is of a connection that is gone.
//
// Not thread-safe: of the thread that accepts connections.

#ifndef PQL_SERVER_CONNECTION_TABLE_H_
#define PQL_SERVER_CONNECTION_TABLE_H_

#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/time/time.h"

namespace pql {

// The bytes of the network address without the port, the same for an address of IPv4 and for that
// address mapped into IPv6.
std::string HostOf(const sockaddr_storage& peer);

class ConnectionTable {
 public:
  // A connection from `host` that was just accepted.
  void Add(int fd, const std::string& host);
  // Forgets what is closed, and notes how much came over the rest.
  void RemoveClosed();
  // Ends the connections that have been silent for longest, in both directions and for `quiet` at
  // least, `most` of them at most; returns how many.
  size_t EndQuiet(absl::Duration quiet, size_t most);

  // Ends the connection over which most came since the last RemoveClosed; false when nothing came
  // over any.
  bool EndBusiest();

  // As of the last RemoveClosed.
  size_t size() const { return connections_.size(); }
  size_t CountFrom(const std::string& host) const;

 private:
  struct Connection {
    ino_t socket = 0;  // the number of the socket, which the system does not use again soon
    std::string host;
    uint64_t received = 0;  // bytes, at the last RemoveClosed
  };
  using Connections = std::map<int, Connection>;
  Connections::iterator Remove(Connections::iterator connection);
  bool End(Connections::iterator connection);

  Connections connections_;
  std::map<std::string, size_t> from_;  // never 0
};

}  // namespace pql

#endif  // PQL_SERVER_CONNECTION_TABLE_H_
