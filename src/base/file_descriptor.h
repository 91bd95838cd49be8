// Owner of a file descriptor.  Not thread-safe: a value.

#ifndef PQL_BASE_FILE_DESCRIPTOR_H_
#define PQL_BASE_FILE_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace pql {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  // Takes the descriptor; a negative one is none.
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.Release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() {
    if (is_open()) Close();
  }

  bool is_open() const { return fd_ >= 0; }
  int get() const { return fd_; }
  // The descriptor, which the caller owns now.
  int Release() { return std::exchange(fd_, -1); }
  // Closes now; whether that succeeded.
  bool Close() { return ::close(Release()) == 0; }

 private:
  int fd_ = -1;
};

}  // namespace pql

#endif  // PQL_BASE_FILE_DESCRIPTOR_H_
