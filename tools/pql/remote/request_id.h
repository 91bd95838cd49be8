// Ids that make a change safe to retry.  Thread-safe.

#ifndef TOOLS_PQL_REMOTE_REQUEST_ID_H_
#define TOOLS_PQL_REMOTE_REQUEST_ID_H_

#include <random>
#include <string>

#include "absl/strings/str_format.h"

namespace pql {

// 128 random bits, in hexadecimal.
inline std::string NewRequestId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) id += absl::StrFormat("%08x", random());
  return id;
}

}  // namespace pql

#endif  // TOOLS_PQL_REMOTE_REQUEST_ID_H_
