// Keeps the engine's access policy as --access-file says, also when the file changes.

#ifndef PQL_SERVER_ACCESS_FILE_H_
#define PQL_SERVER_ACCESS_FILE_H_

#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/access.h"
#include "server/log.h"

namespace pql {

// Thread-safe.
class AccessFile {
 public:
  // `access` and `log` outlive it.
  AccessFile(std::string path, AccessControl* access, Log* log)
      : path_(std::move(path)), access_(access), log_(log) {}

  // Reads the file; nothing happens when it says what it said before.  INVALID_ARGUMENT says what
  // is wrong, and the policy stays as it is.
  absl::Status Load();
  // As Load, with what is wrong in the log, once.  Unless `at_once`, a change waits until the file
  // says the same at the next call: half of what is being written may be a valid file, which allows
  // too much.  A file without any statement is none: it was cut off.
  void Reload(bool at_once);

 private:
  absl::StatusOr<std::string> Read() const;
  absl::Status Take(std::string text);

  const std::string path_;
  AccessControl* const access_;
  Log* const log_;
  std::mutex mutex_;
  std::string text_;        // in force
  std::string seen_;        // at the last look
  std::string last_error_;  // said already
};

}  // namespace pql

#endif  // PQL_SERVER_ACCESS_FILE_H_
