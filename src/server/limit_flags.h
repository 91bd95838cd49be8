// The flags of pqld that set limits: one for each field of Limits.  Thread-safe: no state.

#ifndef PQL_SERVER_LIMIT_FLAGS_H_
#define PQL_SERVER_LIMIT_FLAGS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/time/time.h"
#include "engine/limits.h"

namespace pql {

struct LimitFlag {
  const char* flag;  // "--max-rules"
  const char* help;
  // One of the two is not null.
  size_t Limits::*number = nullptr;
  absl::Duration Limits::*duration = nullptr;
  // Of a number.
  size_t least = 1;
  size_t most = size_t{1} << 50;
};

// In the order of the fields.
std::span<const LimitFlag> LimitFlags();

}  // namespace pql

#endif  // PQL_SERVER_LIMIT_FLAGS_H_
