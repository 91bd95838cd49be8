#include "server/listener.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace pql {
namespace {

using std::chrono::milliseconds;

// How often the memory is looked at.
constexpr milliseconds kTick{50};
// How often closed connections are looked for: always, and while there is no room.
constexpr milliseconds kLook{1000};
constexpr milliseconds kLookWhenFull{20};
// When the system lacks what a connection takes.
constexpr milliseconds kPauseTime{50};
constexpr milliseconds kLogInterval{10'000};
// So that no socket, and nobody's flood, keeps the thread from its other duties.
constexpr int kAcceptedAtATime = 64;
// Silent connections that make room at a time: looking for them takes a while.
constexpr size_t kEndedAtATime = 16;

FileDescriptor OpenReserve() { return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

struct Listener::Reason {
  const char* name;  // in ConnectionCounters
  const char* sentence;
};

namespace {

constexpr Listener::Reason kTooMany = {
    "max-connections", "there are as many connections as may be (--max-connections)"};
constexpr Listener::Reason kTooManyOfAddress = {
    "max-connections-per-address",
    "there are as many connections from this address as may be (--max-connections-per-address)"};
constexpr Listener::Reason kNoMemory = {"max-memory",
                                        "the process has as much memory as it may (--max-memory)"};
constexpr Listener::Reason kNoDescriptor = {"open-files", "no file descriptor is left (ulimit -n)"};

}  // namespace

ConnectionCounters::ConnectionCounters() {
  for (const auto& reason : {kTooMany, kTooManyOfAddress, kNoMemory, kNoDescriptor}) {
    refused.Add(reason.name, 0);
  }
  for (const auto& reason : {kTooMany, kNoMemory}) ended.Add(reason.name, 0);
}

Listener::Listener(ListeningSockets sockets, const ListenerOptions& options, Handler handler,
                   ConnectionCounters* counters, Log* log)
    : options_(options),
      handler_(std::move(handler)),
      log_(log),
      sockets_(std::move(sockets)),
      reserve_(OpenReserve()),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      counters_(*counters),
      memory_(options.max_memory),
      logged_(std::chrono::steady_clock::now() - kLogInterval),
      thread_([this] { Run(); }) {}

Listener::~Listener() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof(one));
  thread_.join();
}

void Listener::Run() {
  std::vector<pollfd> polled = {{wake_.get(), POLLIN, 0}};
  for (const FileDescriptor& socket : sockets_.sockets) {
    polled.push_back({socket.get(), POLLIN, 0});
  }
  for (;;) {
    ::poll(polled.data(), polled.size(), static_cast<int>(kTick.count()));
    if (polled[0].revents != 0) return;
    for (size_t i = 1; i < polled.size(); ++i) {
      if (polled[i].revents != 0) AcceptFrom(polled[i].fd);
    }
    const Time now = std::chrono::steady_clock::now();
    is_short_of_memory_ = memory_.IsOver(now);
    if (is_short_of_memory_) EndBusiest();
    if (now - looked_ >= kLook) LookForClosed(now);
    LogTurnedAway(now);
  }
}

void Listener::AcceptFrom(int socket) {
  for (int i = 0; i < kAcceptedAtATime; ++i) {
    const Next next = AcceptOne(socket);
    if (next == Next::kAccept) continue;
    if (next == Next::kPause) std::this_thread::sleep_for(kPauseTime);
    return;
  }
}

Listener::Next Listener::AcceptOne(int socket) {
  sockaddr_storage peer{};
  socklen_t length = sizeof(peer);
  FileDescriptor connection(
      ::accept4(socket, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!connection.is_open()) return HandleError(errno, socket);
  const std::string host = HostOf(peer);
  const Reason* reason = ReasonToRefuse(host);
  if (reason != nullptr) {
    MakeRoom();  // of no use when memory is short
    reason = ReasonToRefuse(host);
  }
  if (reason != nullptr) {
    Refuse(*reason);
    return Next::kAccept;
  }
  table_.Add(connection.get(), host);
  counters_.accepted.fetch_add(1, std::memory_order_relaxed);
  counters_.open.store(table_.size(), std::memory_order_relaxed);
  handler_(std::move(connection));
  return Next::kAccept;
}

Listener::Next Listener::HandleError(int error, int socket) {
  switch (error) {
    case EAGAIN:
      return Next::kWait;
    case EMFILE:
    case ENFILE:
      // Left waiting, it would wake the thread again and again, and its caller wait for nothing.
      (void)reserve_.Close();
      (void)FileDescriptor(::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC)).Close();
      reserve_ = OpenReserve();
      Refuse(kNoDescriptor);
      return reserve_.is_open() ? Next::kAccept : Next::kPause;
    case ENOBUFS:
    case ENOMEM:
      return Next::kPause;
    default:
      // Errors of the connection, which is gone; whatever else there may be must not end the loop,
      // nor let it spin.
      return error == EINTR || error == ECONNABORTED ? Next::kAccept : Next::kPause;
  }
}

const Listener::Reason* Listener::ReasonToRefuse(const std::string& host) const {
  if (is_short_of_memory_) return &kNoMemory;
  if (table_.size() >= options_.max_connections) return &kTooMany;
  if (table_.CountFrom(host) >= options_.max_connections_per_address) {
    return &kTooManyOfAddress;
  }
  return nullptr;
}

void Listener::LookForClosed(Time now) {
  looked_ = now;
  table_.RemoveClosed();
  counters_.open.store(table_.size(), std::memory_order_relaxed);
}

void Listener::MakeRoom() {
  const Time now = std::chrono::steady_clock::now();
  if (now - looked_ < kLookWhenFull) return;
  LookForClosed(now);
  if (table_.size() < options_.max_connections) return;
  const size_t ended = table_.EndQuiet(options_.quiet, kEndedAtATime);
  if (ended == 0) return;
  NoteEnded(kTooMany, ended);
}

void Listener::EndBusiest() {
  if (!table_.EndBusiest()) return;
  NoteEnded(kNoMemory, 1);
}

void Listener::NoteEnded(const Reason& reason, size_t count) {
  reason_ = &reason;
  ended_ += count;
  counters_.ended.Add(reason.name, count);
}

void Listener::Refuse(const Reason& reason) {
  reason_ = &reason;
  ++refused_;
  counters_.refused.Add(reason.name);
}

void Listener::LogTurnedAway(Time now) {
  if (refused_ == 0 && ended_ == 0) return;
  if (now - logged_ < kLogInterval) return;
  log_->Write(LogLevel::kWarning, "connections turned away",
              {{"refused", StrCat(refused_)},
               {"ended", StrCat(ended_)},
               {"open", StrCat(counters_.open.load(std::memory_order_relaxed))},
               {"reason", reason_->sentence}});
  refused_ = 0;
  ended_ = 0;
  logged_ = now;
}

}  // namespace pql
