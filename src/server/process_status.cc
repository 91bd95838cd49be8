#include "server/process_status.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace pql {
namespace {

// Of /proc/PID/stat by proc(5), counted from 1; 2 is the name, in parentheses.
constexpr int kFirstField = 3;
constexpr int kUserTime = 14;
constexpr int kSystemTime = 15;
constexpr int kThreadsField = 20;
constexpr int kStartTime = 22;
constexpr int kVirtualBytes = 23;
constexpr int kResidentPages = 24;
constexpr size_t kFields = kResidentPages + 1;

double SecondsOf(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

uint64_t CountOpenDescriptors() {
  std::error_code error;
  uint64_t count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    ++count;
  }
  return count > 0 ? count - 1 : 0;  // without the one that was opened to count
}

}  // namespace

std::optional<ProcessStatus> ParseProcessStat(std::string_view line, int64_t ticks_per_second,
                                              int64_t page_bytes) {
  // The name may have spaces and parentheses; what follows its last one is numbers.
  const size_t name_end = line.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::istringstream fields{std::string(line.substr(name_end + 1))};
  std::array<double, kFields> values{};
  std::string state;
  if (!(fields >> state)) return std::nullopt;
  for (int i = kFirstField + 1; i <= kResidentPages; ++i) {
    if (!(fields >> values[i])) return std::nullopt;
  }
  const auto ticks = static_cast<double>(ticks_per_second);
  ProcessStatus status;
  status.cpu_seconds = (values[kUserTime] + values[kSystemTime]) / ticks;
  status.start_unix_seconds = values[kStartTime] / ticks;
  status.threads = static_cast<uint64_t>(values[kThreadsField]);
  status.virtual_bytes = static_cast<uint64_t>(values[kVirtualBytes]);
  status.resident_bytes =
      static_cast<uint64_t>(values[kResidentPages]) * static_cast<uint64_t>(page_bytes);
  return status;
}

std::optional<ProcessStatus> ReadProcessStatus() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  std::optional<ProcessStatus> status =
      ParseProcessStat(line, sysconf(_SC_CLK_TCK), sysconf(_SC_PAGESIZE));
  if (!status.has_value()) return std::nullopt;
  status->start_unix_seconds += SecondsOf(CLOCK_REALTIME) - SecondsOf(CLOCK_BOOTTIME);
  status->open_descriptors = CountOpenDescriptors();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) status->max_descriptors = limit.rlim_cur;
  return status;
}

}  // namespace pql
