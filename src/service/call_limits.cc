#include "service/call_limits.h"

#include "base/strings.h"
#include "engine/error.h"

namespace pql {
namespace {

// What HTTP/2 counts of an entry beside its name and value.
constexpr size_t kEntryBytes = 32;

}  // namespace

absl::Status CheckMetadata(const Limits& limits, const grpc::ServerContextBase& context) {
  size_t size = 0;
  for (const auto& [name, value] : context.client_metadata()) {
    size += name.size() + value.size() + kEntryBytes;
  }
  if (size <= limits.max_metadata_bytes) return absl::OkStatus();
  return LimitExceeded(absl::StatusCode::kResourceExhausted, "metadata bytes",
                       "--max-metadata-bytes", size, limits.max_metadata_bytes,
                       StrCat("metadata of ", size, " bytes is larger than the limit"));
}

}  // namespace pql
