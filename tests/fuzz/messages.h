// What holds of every message about input from outside.  Thread-safe: no state.

#ifndef PQL_TESTS_FUZZ_MESSAGES_H_
#define PQL_TESTS_FUZZ_MESSAGES_H_

#include <string>

#include "absl/status/status.h"
#include "base/unicode.h"
#include "tests/fuzz/fuzz_target.h"

namespace pql::fuzz {

// A message is for a terminal: bounded, readable, with nothing of the input that could harm.
inline void RequireGoodMessage(const absl::Status& status) {
  const std::string message(status.message());
  Require(!message.empty() && message.size() <= 2'000, "messages are bounded", message);
  Require(!FindInvalidUtf8(message), "messages are valid UTF-8", message);
  for (const char c : message) {
    Require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F,
            "messages have no control character", message);
  }
}

}  // namespace pql::fuzz

#endif  // PQL_TESTS_FUZZ_MESSAGES_H_
