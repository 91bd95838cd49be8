#include "store/file_events.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "base/strings.h"

namespace pql {
namespace {

constexpr uint32_t kChanges = IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE |
                              IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr int kMaxDepth = 16;
constexpr int kMaxDirectories = 10'000;

// Waits on an eventfd for Wake and, when `notify_fd` is one, for inotify.
class PollingFileEvents : public FileEvents {
 public:
  PollingFileEvents(std::string root, int notify_fd)
      : root_(std::move(root)),
        notify_fd_(notify_fd),
        wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~PollingFileEvents() override {
    if (notify_fd_ >= 0) ::close(notify_fd_);
    if (wake_fd_ >= 0) ::close(wake_fd_);
  }
  PollingFileEvents(const PollingFileEvents&) = delete;
  PollingFileEvents& operator=(const PollingFileEvents&) = delete;

  bool has_notifications() const override { return notify_fd_ >= 0 && !degraded_; }

  void Refresh() override {
    if (notify_fd_ < 0) return;
    degraded_ = false;
    int budget = kMaxDirectories;
    // A root that is itself a symbolic link is swapped in its parent; watched as a link it tells.
    (void)::inotify_add_watch(notify_fd_, root_.c_str(), kChanges | IN_DONT_FOLLOW);
    WatchBelow(root_, 0, &budget);
  }

  bool Wait(std::chrono::milliseconds timeout) override {
    std::array<pollfd, 2> fds = {{{wake_fd_, POLLIN, 0}, {notify_fd_, POLLIN, 0}}};
    const nfds_t count = notify_fd_ >= 0 ? 2 : 1;
    if (::poll(fds.data(), count, static_cast<int>(timeout.count())) <= 0) return false;
    if ((fds[0].revents & POLLIN) != 0) Drain(wake_fd_);
    if (count == 1 || (fds[1].revents & POLLIN) == 0) return false;
    Drain(notify_fd_);
    return true;
  }

  void Wake() override {
    const uint64_t one = 1;
    // It can only fail when a wake-up is pending already.
    [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof(one));
  }

 private:
  // What happened where does not matter: the tree is read as a whole.
  static void Drain(int fd) {
    alignas(inotify_event) std::array<char, 16384> buffer;
    while (::read(fd, buffer.data(), buffer.size()) > 0) {
    }
  }

  // Adding a directory that is watched already changes nothing.  Links to directories are followed,
  // as by whoever reads the rules; depth and number bound a loop of them.
  void WatchBelow(const std::string& directory, int depth, int* budget) {
    if (depth > kMaxDepth || --*budget < 0 ||
        ::inotify_add_watch(notify_fd_, directory.c_str(), kChanges | IN_ONLYDIR) < 0) {
      degraded_ = true;
      return;
    }
    std::error_code error;
    std::filesystem::directory_iterator entries(directory, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
      std::error_code ignored;
      const std::string name = entries->path().filename().string();
      if (name.front() != '.' && entries->is_directory(ignored)) {
        WatchBelow(StrCat(directory, "/", name), depth + 1, budget);
      }
    }
  }

  const std::string root_;
  const int notify_fd_;  // -1: none
  const int wake_fd_;
  bool degraded_ = false;  // some directory is not watched
};

}  // namespace

std::unique_ptr<FileEvents> MakeFileEvents(const std::string& root) {
  return std::make_unique<PollingFileEvents>(root, ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
}

std::unique_ptr<FileEvents> MakeSleepingFileEvents() {
  return std::make_unique<PollingFileEvents>("", -1);
}

}  // namespace pql
