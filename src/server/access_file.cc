#include "server/access_file.h"

#include <memory>
#include <utility>

#include "base/file_system.h"
#include "base/strings.h"

namespace pql {
namespace {

constexpr size_t kMaxBytes = 4 << 20;

}  // namespace

absl::Status AccessFile::Load() {
  absl::StatusOr<std::string> text = ReadFile(path_, kMaxBytes);
  if (!text.ok()) {
    return absl::InvalidArgumentError(StrCat("--access-file: ", FromAbsl(text.status().message())));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  if (access_->policy() != nullptr && *text == text_) return absl::OkStatus();
  absl::StatusOr<AccessPolicy> policy = AccessPolicy::Parse(*text);
  if (!policy.ok()) {
    return absl::InvalidArgumentError(
        StrCat("--access-file: ", path_, ": ", FromAbsl(policy.status().message())));
  }
  access_->SetPolicy(std::make_shared<const AccessPolicy>(*std::move(policy)));
  text_ = *std::move(text);
  log_->Info("access file loaded", {{"path", path_}});
  return absl::OkStatus();
}

void AccessFile::Reload() {
  const absl::Status status = Load();
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string error(status.message());
  if (!status.ok() && error != last_error_) {
    log_->Error("access file not loaded; the last good one stays in force", {{"error", error}});
  }
  last_error_ = std::move(error);
}

}  // namespace pql
