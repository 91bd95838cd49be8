#include "server/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace pql {
namespace {

// Of the server itself: the store, what watches the rule files and reads them, gRPC's own, and
// connections that were told to end and have not yet.
constexpr size_t kReserved = 128;

rlimit ReadLimit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

}  // namespace

void RaiseDescriptorLimit() {
  rlimit limit = ReadLimit();
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

size_t DescriptorLimit() { return ReadLimit().rlim_cur; }

size_t ConnectionsWithin(size_t descriptors) {
  return std::max(descriptors, kReserved + 1) - kReserved;
}

}  // namespace pql
