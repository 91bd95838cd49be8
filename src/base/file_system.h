// Reading files, with every surprise of a file system turned into a status that names the path.
// Thread-safe: no state.

#ifndef PQL_BASE_FILE_SYSTEM_H_
#define PQL_BASE_FILE_SYSTEM_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pql {

// The content of the regular file `path`.  NOT_FOUND, PERMISSION_DENIED; INVALID_ARGUMENT for
// anything that is no regular file (a directory, a fifo: it is never opened); RESOURCE_EXHAUSTED
// when it is larger than `max_bytes`, without reading it whole.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes);

// Replaces `path` by `content` in one step (temporary file beside it, fsync, rename); keeps the
// permission bits of a file that was there.
absl::Status WriteFileAtomically(const std::string& path, std::string_view content);

// How many entries ListFiles looks at before it gives up: many times what any rule set has, and
// less than what someone's home directory or a disk may hold.
inline constexpr size_t kMaxListedEntries = 50'000;

// The paths of the entries below the directory `path` whose name ends with `suffix`, at any depth
// up to `max_depth`, relative to it, in code point order; hidden entries (`.git`, an editor's lock
// file) are left out.  Symbolic links are followed, a loop of directories is cut.  Entries that are
// no directories are listed whatever they are: ReadFile says what is wrong with them.
// NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT (no directory); RESOURCE_EXHAUSTED when there are
// more than `max_entries` entries below the directory, of whatever name.
absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& path, std::string_view suffix,
                                                   int max_depth = 16,
                                                   size_t max_entries = kMaxListedEntries);

// The direct subdirectories of `path` (names, in code point order), hidden ones left out.
absl::StatusOr<std::vector<std::string>> ListDirectories(const std::string& path);

bool IsDirectory(const std::string& path);

}  // namespace pql

#endif  // PQL_BASE_FILE_SYSTEM_H_
