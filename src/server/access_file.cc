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
  const std::lock_guard<std::mutex> lock(mutex_);
  absl::StatusOr<std::string> text = Read();
  return text.ok() ? Take(*std::move(text)) : text.status();
}

void AccessFile::Reload(bool at_once) {
  const std::lock_guard<std::mutex> lock(mutex_);
  absl::StatusOr<std::string> text = Read();
  absl::Status status = text.status();
  if (text.ok()) {
    const bool is_written = at_once || *text == seen_;
    seen_ = *text;
    if (!is_written) return;
    status = Take(*std::move(text));
  }
  std::string error(status.message());
  if (!status.ok() && error != last_error_) {
    log_->Error("access file not loaded; the last good one stays in force", {{"error", error}});
  }
  last_error_ = std::move(error);
}

absl::StatusOr<std::string> AccessFile::Read() const {
  absl::StatusOr<std::string> text = ReadFile(path_, kMaxBytes);
  if (text.ok()) return text;
  return absl::InvalidArgumentError(StrCat("--access-file: ", FromAbsl(text.status().message())));
}

absl::Status AccessFile::Take(std::string text) {
  const bool is_first = access_->policy() == nullptr;
  if (!is_first && text == text_) return absl::OkStatus();
  absl::StatusOr<AccessPolicy> policy = AccessPolicy::Parse(text);
  if (policy.ok() && !is_first && policy->is_empty()) {
    policy = absl::InvalidArgumentError("has no statement, so that nobody could do anything");
  }
  if (!policy.ok()) {
    return absl::InvalidArgumentError(
        StrCat("--access-file: ", path_, ": ", FromAbsl(policy.status().message())));
  }
  access_->SetPolicy(std::make_shared<const AccessPolicy>(*std::move(policy)));
  text_ = std::move(text);
  log_->Info("access file loaded", {{"path", path_}});
  return absl::OkStatus();
}

}  // namespace pql
