// The clock, injected wherever time is read so that tests decide what time it is.
// Thread-safe.

#ifndef PQL_BASE_CLOCK_H_
#define PQL_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace pql {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;

  // The system's clock; lives as long as the process.
  static const Clock& System();
};

}  // namespace pql

#endif  // PQL_BASE_CLOCK_H_
