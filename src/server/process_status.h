// What the operating system says of this process.  Thread-safe: no state.

#ifndef PQL_SERVER_PROCESS_STATUS_H_
#define PQL_SERVER_PROCESS_STATUS_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace pql {

struct ProcessStatus {
  double cpu_seconds = 0;
  double start_unix_seconds = 0;
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t threads = 0;
  uint64_t open_descriptors = 0;
  uint64_t max_descriptors = 0;
};

// Nothing when /proc can't be read.
std::optional<ProcessStatus> ReadProcessStatus();

// The fields of a line of /proc/PID/stat that ProcessStatus has: times and threads and memory, with
// `start_unix_seconds` as seconds since the machine started.  Nothing when it is no such line.
std::optional<ProcessStatus> ParseProcessStat(std::string_view line, int64_t ticks_per_second,
                                              int64_t page_bytes);

}  // namespace pql

#endif  // PQL_SERVER_PROCESS_STATUS_H_
