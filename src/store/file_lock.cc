#include "store/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "absl/strings/ascii.h"
#include "base/strings.h"

namespace pql {
namespace {

// What the holder wrote of itself; empty: nothing yet.
std::string HolderOf(int fd) {
  std::array<char, 64> buffer;
  const ssize_t size = ::pread(fd, buffer.data(), buffer.size(), 0);
  if (size <= 0) return "";
  std::string text(buffer.data(), static_cast<size_t>(size));
  absl::StripAsciiWhitespace(&text);
  return text;
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileLock>> FileLock::Acquire(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) {
    return absl::UnavailableError(StrCat("cannot make ", path, ": ", std::strerror(errno)));
  }
  std::unique_ptr<FileLock> lock(new FileLock(fd));
  // Of the open file, not of the process: two stores in one process exclude each other as well.
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return absl::UnavailableError(StrCat("cannot lock ", path, ": ", std::strerror(errno)));
    }
    const std::string holder = HolderOf(fd);
    return absl::FailedPreconditionError(
        StrCat(path, " is locked by ", holder.empty() ? "another process" : "process ", holder));
  }
  const std::string self = StrCat(::getpid(), "\n");
  if (::ftruncate(fd, 0) != 0 ||
      ::pwrite(fd, self.data(), self.size(), 0) != static_cast<ssize_t>(self.size())) {
    return absl::UnavailableError(StrCat("cannot write ", path, ": ", std::strerror(errno)));
  }
  return lock;
}

FileLock::~FileLock() { ::close(fd_); }

}  // namespace pql
