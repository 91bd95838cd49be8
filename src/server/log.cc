#include "server/log.h"

#include <nlohmann/json.hpp>

#include "absl/time/time.h"
#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "";
}

std::string LogTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

bool IsPlain(std::string_view value) {
  return !value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos;
}

// What a caller or a rule file put into a value can't forge a line or move the cursor.
std::string Quoted(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return StrCat("\"", EscapeUnprintable(escaped), "\"");
}

}  // namespace

std::string TextLogLine(absl::Time time, LogLevel level, std::string_view message,
                        const LogFields& fields) {
  std::string line = StrCat(LogTime(time), " ", LevelName(level), " ", message);
  for (const auto& [name, value] : fields) {
    StrAppend(&line, " ", name, "=", IsPlain(value) ? EscapeUnprintable(value) : Quoted(value));
  }
  return line;
}

std::string JsonLogLine(absl::Time time, LogLevel level, std::string_view message,
                        const LogFields& fields) {
  nlohmann::ordered_json line;
  line["time"] = LogTime(time);
  line["level"] = LevelName(level);
  line["message"] = message;
  for (const auto& [name, value] : fields) line[name] = value;
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Log::Write(LogLevel level, std::string_view message, const LogFields& fields) {
  const absl::Time now = clock_->Now();
  const std::string line = format_ == LogFormat::kJson ? JsonLogLine(now, level, message, fields)
                                                       : TextLogLine(now, level, message, fields);
  const std::lock_guard<std::mutex> lock(mutex_);
  out_->clear();  // a line that could not be written, for a disk was full, is lost: not all others
  *out_ << line << std::endl;
}

}  // namespace pql
