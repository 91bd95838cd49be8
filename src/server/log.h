// Log lines on standard error: for people, or one JSON object a line for collectors.  Thread-safe.

#ifndef PQL_SERVER_LOG_H_
#define PQL_SERVER_LOG_H_

#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace pql {

enum class LogFormat { kText, kJson };
enum class LogLevel { kInfo, kWarning, kError };

// Name and value of one particular: {"rule_set", "slack"}.
using LogFields = std::vector<std::pair<std::string, std::string>>;

// `2026-03-01T08:30:00.123Z info loaded rule_set=slack revision=2`, values quoted where they need
// it.
std::string TextLogLine(absl::Time time, LogLevel level, std::string_view message,
                        const LogFields& fields);
// {"time":"...","level":"info","message":"loaded","rule_set":"slack","revision":"2"}
std::string JsonLogLine(absl::Time time, LogLevel level, std::string_view message,
                        const LogFields& fields);

class Log {
 public:
  // `clock` and `out` outlive the log.
  Log(LogFormat format, const Clock* clock, std::ostream* out)
      : format_(format), clock_(clock), out_(out) {}

  // One line, written and flushed as a whole.
  void Write(LogLevel level, std::string_view message, const LogFields& fields = {});
  void Info(std::string_view message, const LogFields& fields = {}) {
    Write(LogLevel::kInfo, message, fields);
  }
  void Error(std::string_view message, const LogFields& fields = {}) {
    Write(LogLevel::kError, message, fields);
  }

 private:
  const LogFormat format_;
  const Clock* const clock_;
  std::mutex mutex_;
  std::ostream* const out_;
};

}  // namespace pql

#endif  // PQL_SERVER_LOG_H_
