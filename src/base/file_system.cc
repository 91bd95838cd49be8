#include "base/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>
#include <set>
#include <utility>

#include "base/file_descriptor.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

constexpr size_t kReadChunk = size_t{64} << 10;

absl::Status Error(absl::StatusCode code, const std::string& path, std::string_view what) {
  return absl::Status(code, ToAbsl(StrCat(EscapeUnprintable(path), ": ", what)));
}

absl::Status ErrnoError(int error, const std::string& path, std::string_view doing) {
  if (error == ELOOP) {
    return Error(absl::StatusCode::kInvalidArgument, path, "symbolic links lead in a circle");
  }
  return Error(absl::ErrnoToStatusCode(error), path,
               StrCat("cannot ", doing, ": ", absl::StrCat(std::strerror(error))));
}

std::string_view KindOfFile(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

absl::Status CheckRegular(const struct stat& info, const std::string& path) {
  if (S_ISREG(info.st_mode)) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, path,
               StrCat("is ", KindOfFile(info.st_mode), ", not a file"));
}

// Follows symbolic links; a dangling one is told apart from a path that is not there.
absl::StatusOr<struct stat> Stat(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0) return info;
  const int error = errno;
  if (error == ENOENT) {
    struct stat link;
    const bool dangling = ::lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode);
    return Error(
        absl::StatusCode::kNotFound, path,
        dangling ? "is a symbolic link to something that does not exist" : "does not exist");
  }
  return ErrnoError(error, path, "look at it");
}

absl::Status TooLarge(const std::string& path, size_t max_bytes) {
  return Error(absl::StatusCode::kResourceExhausted, path,
               StrCat("is larger than the limit of ", max_bytes, " bytes"));
}

// What ListFiles and ListDirectories see of a directory.
struct Entry {
  std::string name;
  bool is_directory = false;  // symbolic links followed
  bool is_link = false;
};

// One entry more than `max_entries` where there are too many.
absl::StatusOr<std::vector<Entry>> ReadDirectory(const std::string& path, size_t max_entries) {
  PQL_ASSIGN_OR_RETURN(const struct stat info, Stat(path));
  if (!S_ISDIR(info.st_mode)) {
    return Error(absl::StatusCode::kInvalidArgument, path, "is not a directory");
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (directory == nullptr) return ErrnoError(errno, path, "list it");
  std::vector<Entry> entries;
  while (entries.size() <= max_entries) {
    errno = 0;
    const dirent* raw = ::readdir(directory.get());  // one DIR a call: no other thread has it
    if (raw == nullptr) break;
    if (raw->d_name[0] == '.') continue;
    Entry entry{.name = raw->d_name};
    const std::string full = StrCat(path, "/", entry.name);
    struct stat target;
    struct stat link;
    entry.is_directory = ::stat(full.c_str(), &target) == 0 && S_ISDIR(target.st_mode);
    entry.is_link = ::lstat(full.c_str(), &link) == 0 && S_ISLNK(link.st_mode);
    entries.push_back(std::move(entry));
  }
  if (entries.size() <= max_entries && errno != 0) return ErrnoError(errno, path, "list it");
  return entries;
}

// Writes all of `content` and brings it to the disk.
absl::Status WriteAndSync(FileDescriptor* file, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(file->get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoError(errno, path, "write");
    content.remove_prefix(static_cast<size_t>(written));
  }
  if (::fsync(file->get()) != 0 || !file->Close()) return ErrnoError(errno, path, "write");
  return absl::OkStatus();
}

// So that the rename itself survives a power failure.  File systems that cannot do it say so; the
// content is complete all the same, hence no error.
void SyncDirectory(const std::string& directory) {
  const FileDescriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) (void)::fsync(fd.get());
}

// Where writing to `path` ends up: a symbolic link is written through, not replaced.
std::string ResolveLinks(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> resolved(::realpath(path.c_str(), nullptr),
                                                        std::free);
  return resolved == nullptr ? path : std::string(resolved.get());
}

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  PQL_ASSIGN_OR_RETURN(struct stat info, Stat(path));
  PQL_RETURN_IF_ERROR(CheckRegular(info, path));
  // Not blocking, in case the path became a fifo since.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return ErrnoError(errno, path, "open it");
  if (::fstat(file.get(), &info) != 0) return ErrnoError(errno, path, "look at it");
  PQL_RETURN_IF_ERROR(CheckRegular(info, path));
  if (static_cast<uint64_t>(info.st_size) > max_bytes) return TooLarge(path, max_bytes);

  // The size is a guess only: the file may be growing, or tell none (/proc).
  std::string content;
  size_t used = 0;
  content.resize(static_cast<size_t>(info.st_size) + 1);
  while (true) {
    if (used == content.size()) content.resize(content.size() + kReadChunk);
    const ssize_t got = ::read(file.get(), content.data() + used, content.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoError(errno, path, "read it");
    if (got == 0) break;
    used += static_cast<size_t>(got);
    if (used > max_bytes) return TooLarge(path, max_bytes);
  }
  content.resize(used);
  return content;
}

absl::Status WriteFileAtomically(const std::string& path, std::string_view content) {
  static std::atomic<uint64_t> counter{0};
  const std::string target = ResolveLinks(path);
  struct stat info;
  const bool exists = ::stat(target.c_str(), &info) == 0;
  if (!exists && errno != ENOENT) return ErrnoError(errno, path, "write");
  if (exists) PQL_RETURN_IF_ERROR(CheckRegular(info, path));

  const std::string directory = DirectoryOf(target);
  const std::string temporary = StrCat(directory, "/.pql-", static_cast<int64_t>(::getpid()), "-",
                                       counter.fetch_add(1), ".tmp");
  FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0) return ErrnoError(errno, path, "write");
  absl::Status status = WriteAndSync(&file, content, path);
  if (status.ok() && exists && ::chmod(temporary.c_str(), info.st_mode & 07777) != 0) {
    status = ErrnoError(errno, path, "keep its permissions");
  }
  if (status.ok() && ::rename(temporary.c_str(), target.c_str()) != 0) {
    status = ErrnoError(errno, path, "replace it");
  }
  if (!status.ok()) {
    (void)::unlink(temporary.c_str());
    return status;
  }
  SyncDirectory(directory);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& path, std::string_view suffix,
                                                   int max_depth, size_t max_entries) {
  struct Pending {
    std::string relative;  // ends with `/`, or empty
    int depth;
  };
  // Every directory is listed once, by its real path if it has one below `path`: links wait until
  // all real directories are done.  That cuts loops and bounds the work.
  std::deque<Pending> real = {{"", 1}};
  std::deque<Pending> linked;
  std::set<std::pair<dev_t, ino_t>> seen;
  size_t looked_at = 0;  // entries
  std::vector<std::string> files;
  while (!real.empty() || !linked.empty()) {
    std::deque<Pending>& queue = real.empty() ? linked : real;
    const Pending pending = std::move(queue.front());
    queue.pop_front();
    const std::string full = StrCat(path, "/", pending.relative);
    PQL_ASSIGN_OR_RETURN(const struct stat info, Stat(pending.relative.empty() ? path : full));
    if (!seen.insert({info.st_dev, info.st_ino}).second) continue;
    PQL_ASSIGN_OR_RETURN(
        std::vector<Entry> entries,
        ReadDirectory(pending.relative.empty() ? path : full, max_entries - looked_at));
    looked_at += entries.size();
    if (looked_at > max_entries) {
      return Error(absl::StatusCode::kResourceExhausted, path,
                   StrCat("more than ", max_entries,
                          " files and directories lie in it; give rules a directory of their own"));
    }
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.name < b.name; });
    for (const Entry& entry : entries) {
      const std::string relative = pending.relative + entry.name;
      if (!entry.is_directory) {
        if (entry.name.ends_with(suffix)) files.push_back(relative);
      } else if (pending.depth < max_depth) {
        (entry.is_link ? linked : real).push_back({relative + "/", pending.depth + 1});
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<std::vector<std::string>> ListDirectories(const std::string& path) {
  PQL_ASSIGN_OR_RETURN(const std::vector<Entry> entries,
                       ReadDirectory(path, std::numeric_limits<size_t>::max() - 1));
  std::vector<std::string> names;
  for (const Entry& entry : entries) {
    if (entry.is_directory) names.push_back(entry.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool IsDirectory(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace pql
