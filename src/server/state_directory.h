// Where the server keeps what it is not told to keep elsewhere.  Thread-safe but for the reading of
// the environment.

#ifndef PQL_SERVER_STATE_DIRECTORY_H_
#define PQL_SERVER_STATE_DIRECTORY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pql {

// What `--store` is when it is not given: an SQLite file `rules.db` in $STATE_DIRECTORY (which
// systemd sets), else in `pqld` below $XDG_STATE_HOME or ~/.local/state.  FAILED_PRECONDITION: none
// of these is set.
absl::StatusOr<std::string> DefaultStore();

// Makes the directory of the store's file, for the owner alone, when it is that of DefaultStore.
absl::Status MakeStateDirectory(const std::string& store);

}  // namespace pql

#endif  // PQL_SERVER_STATE_DIRECTORY_H_
