#include "server/memory_watch.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <string>

namespace pql {
namespace {

// At least so long passes between times of tidying, and so many times as long as it took: parts of
// the heap are locked meanwhile.  Where there is too much, the time is worth it.
constexpr std::chrono::nanoseconds kTidy = std::chrono::seconds(1);
constexpr int kTidyShare = 200;
// Memory that is free and kept: less than this is left to the next requests.
constexpr size_t kWorthGivingBack = size_t{64} << 20;

// The first number of a file; 0 when there is none.
size_t NumberIn(const std::string& path) {
  std::ifstream in(path);
  size_t number = 0;
  in >> number;
  return in ? number : 0;
}

// "/system.slice/pqld.service"; empty: the root, or none.
std::string ControlGroup() {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("0::/") && line.size() > 4) return line.substr(3);
  }
  return "";
}

size_t PageBytes() { return static_cast<size_t>(::sysconf(_SC_PAGESIZE)); }

// Of the processor, that this thread has used.
std::chrono::nanoseconds ThreadTime() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

size_t HeapInUse() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace

size_t ResidentBytes() {
  std::ifstream in("/proc/self/statm");
  size_t total = 0;
  size_t resident = 0;
  in >> total >> resident;
  return in ? resident * PageBytes() : 0;
}

size_t AvailableMemoryBytes() {
  size_t bytes = static_cast<size_t>(::sysconf(_SC_PHYS_PAGES)) * PageBytes();
  const auto bound = [&bytes](const std::string& path) {
    const size_t number = NumberIn(path);
    if (number > 0) bytes = std::min(bytes, number);
  };
  // The group and those around it; in a container that is the root of what can be seen.
  for (std::string group = ControlGroup(); !group.empty();
       group.resize(group.find_last_of('/', group.size() - 1))) {
    bound("/sys/fs/cgroup" + group + "/memory.max");
  }
  bound("/sys/fs/cgroup/memory.max");
  bound("/sys/fs/cgroup/memory/memory.limit_in_bytes");  // where it is the first version
  return bytes;
}

bool MemoryWatch::IsOver(Time now) {
  resident_bytes_ = ResidentBytes();
  const auto wait = resident_bytes_ > max_bytes_ ? kTidy : std::max(kTidyShare * took_, kTidy);
  if (now - tidied_ >= wait) {
    tidied_ = now;
    const std::chrono::nanoseconds begin = ThreadTime();
    if (resident_bytes_ > HeapInUse() + kWorthGivingBack) {
      ::malloc_trim(0);
      resident_bytes_ = ResidentBytes();
    }
    took_ = ThreadTime() - begin;
  }
  return resident_bytes_ > max_bytes_;
}

}  // namespace pql
