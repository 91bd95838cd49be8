// A line on a terminal that says how far a long run has come; nothing anywhere else.

#ifndef TOOLS_PQL_PROGRESS_H_
#define TOOLS_PQL_PROGRESS_H_

#include <chrono>
#include <cstdint>

#include "tools/pql/console.h"

namespace pql {

class Progress {
 public:
  explicit Progress(Console* console) : console_(*console) {}

  // Cheap enough to be called for every row.
  void Update(uint64_t rows, uint64_t bytes) {
    if (rows % kRowsBetweenLooksAtTheClock == 0) UpdateNow(rows, bytes);
  }
  void UpdateNow(uint64_t rows, uint64_t bytes);
  // Takes the line away, before anything else is printed.
  void Clear();

 private:
  Console& console_;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + kFirst;
  bool shown_ = false;

  static constexpr uint64_t kRowsBetweenLooksAtTheClock = 256;
  static constexpr std::chrono::milliseconds kFirst{500};
  static constexpr std::chrono::milliseconds kInterval{200};
};

}  // namespace pql

#endif  // TOOLS_PQL_PROGRESS_H_
