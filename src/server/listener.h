// Accepts connections, as many as there may be, and hands them on.
//
// gRPC 1.51 has an accept loop of its own, which ends for good when descriptors run out once
// (CVE-2023-4785), while the server goes on to say that it is well.  This one keeps a descriptor in
// reserve, turns away what is too much by closing it, and goes on in any case.
//
// When there are as many connections as may be, those that have been silent for long make room for
// new ones: who opens many and leaves them idle keeps nobody else out.  A connection with calls in
// it is not silent, for gRPC's keepalive asks after the other side.
//
// Thread-safe; a thread of its own accepts.

#ifndef PQL_SERVER_LISTENER_H_
#define PQL_SERVER_LISTENER_H_

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "base/file_descriptor.h"
#include "engine/named_counters.h"
#include "server/connection_table.h"
#include "server/listening_sockets.h"
#include "server/log.h"
#include "server/memory_watch.h"

namespace pql {

struct ListenerOptions {
  size_t max_connections = 10'000;              // --max-connections
  size_t max_connections_per_address = 10'000;  // --max-connections-per-address
  // How long a connection was silent that makes room for another one.
  absl::Duration quiet = absl::Seconds(30);
  // --max-memory: of the process, in bytes.  Beyond it no connection is accepted, and that over
  // which most comes is ended, one after the other: rather than all of them, with the process.
  size_t max_memory = SIZE_MAX;
};

// Thread-safe.
struct ConnectionCounters {
  // With all that may be counted at zero: what rises from nothing is no rise to Prometheus.
  ConnectionCounters();

  std::atomic<uint64_t> accepted{0};
  std::atomic<size_t> open{0};  // as of the last second
  // By what was at its bound: the flag of the limit without the dashes, or "open-files".
  NamedCounters refused;  // closed at once: too many, no descriptor or memory left
  NamedCounters ended;    // silent ones, to make room; busy ones, to save memory
};

class Listener {
 public:
  // Takes a connected socket, which does not block.
  using Handler = std::function<void(FileDescriptor connection)>;

  // Accepts from now on; `counters` and `log` outlive it.
  Listener(ListeningSockets sockets, const ListenerOptions& options, Handler handler,
           ConnectionCounters* counters, Log* log);
  // Closes the sockets; what was handed on goes on.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  struct Reason;  // why a connection is turned away

 private:
  using Time = std::chrono::steady_clock::time_point;
  enum class Next { kAccept, kWait, kPause };
  void Run();
  // Accepts what waits, some of it at a time.
  void AcceptFrom(int socket);
  Next AcceptOne(int socket);
  Next HandleError(int error, int socket);
  void LookForClosed(Time now);
  const Reason* ReasonToRefuse(const std::string& host) const;
  void MakeRoom();
  void Refuse(const Reason& reason);
  void NoteEnded(const Reason& reason, size_t count);
  void EndBusiest();
  void LogTurnedAway(Time now);

  const ListenerOptions options_;
  const Handler handler_;
  Log* const log_;
  ListeningSockets sockets_;
  FileDescriptor reserve_;  // given up to accept, and close, when no other is left
  FileDescriptor wake_;     // tells the thread to stop
  ConnectionCounters& counters_;

  // Of the thread.
  ConnectionTable table_;
  MemoryWatch memory_;
  bool is_short_of_memory_ = false;
  Time looked_;
  Time logged_;
  uint64_t refused_ = 0;  // since that
  uint64_t ended_ = 0;
  const Reason* reason_ = nullptr;  // of what was refused or ended last
  std::thread thread_;
};

}  // namespace pql

#endif  // PQL_SERVER_LISTENER_H_
