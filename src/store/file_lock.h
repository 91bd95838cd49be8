// A lock that one process at most has, and that ends with it however it ends.  Thread-safe.

#ifndef PQL_STORE_FILE_LOCK_H_
#define PQL_STORE_FILE_LOCK_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace pql {

class FileLock {
 public:
  // Makes the file `path` if it is not there (and leaves it there afterwards: removing it would let
  // two processes lock two files of that name).  FAILED_PRECONDITION: another holder has it, whose
  // process id the message gives; UNAVAILABLE: the file can't be made.
  static absl::StatusOr<std::unique_ptr<FileLock>> Acquire(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  const int fd_;
};

}  // namespace pql

#endif  // PQL_STORE_FILE_LOCK_H_
