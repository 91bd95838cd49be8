// The sockets that a server listens on: one for each address of a host name.  Thread-safe: no
// state.

#ifndef PQL_SERVER_LISTENING_SOCKETS_H_
#define PQL_SERVER_LISTENING_SOCKETS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/file_descriptor.h"

namespace pql {

struct ListeningSockets {
  std::vector<FileDescriptor> sockets;  // at least one; they do not block
  int port = 0;                         // the same for all
};

// `address` is HOST:PORT; port 0 takes a free one.  A name with several addresses, as `localhost`
// has for IPv4 and IPv6, gets a socket for each that this machine has; `0.0.0.0` and `[::]` both
// stand for every address, of both families.  UNAVAILABLE: the port is in use, or the address none
// of this machine, or not this user's to listen on; the message names --listen.
absl::StatusOr<ListeningSockets> OpenListeningSockets(const std::string& address);

}  // namespace pql

#endif  // PQL_SERVER_LISTENING_SOCKETS_H_
