#include "tools/pql/progress.h"

#include "base/strings.h"

namespace pql {

void Progress::UpdateNow(uint64_t rows, uint64_t bytes) {
  if (!console_.shows_progress()) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  shown_ = true;
  console_.err() << "\r\x1b[K" << rows << " accounts, " << bytes / 1'000'000 << " MB" << std::flush;
}

void Progress::Clear() {
  if (shown_) console_.err() << "\r\x1b[K" << std::flush;
  shown_ = false;
}

}  // namespace pql
