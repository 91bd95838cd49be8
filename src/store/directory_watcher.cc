#include "store/directory_watcher.h"

#include <utility>

namespace pql {

DirectoryWatcher::DirectoryWatcher(std::string root, Options options,
                                   std::unique_ptr<FileEvents> events, Callback on_change)
    : root_(std::move(root)),
      options_(options),
      events_(std::move(events)),
      on_change_(std::move(on_change)) {}

DirectoryWatcher::~DirectoryWatcher() {
  stop_ = true;
  events_->Wake();
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<RuleTree> DirectoryWatcher::Start(
    const std::function<void(const RuleTree& tree)>& first) {
  // In this order no change falls between: what comes after the fingerprint is told by it.
  events_->Refresh();
  fingerprint_ = FingerprintOf(root_);
  state_.last_poll = std::chrono::steady_clock::now();
  absl::StatusOr<RuleTree> tree = ReadRuleTree(root_, options_.limits);
  if (tree.ok() && first) first(*tree);
  thread_ = std::thread([this] { Run(); });
  return tree;
}

void DirectoryWatcher::RequestReload() {
  reload_requested_ = true;
  events_->Wake();
}

void DirectoryWatcher::NoteChange(WatchTime now) {
  if (!state_.first_change.has_value()) state_.first_change = now;
  state_.latest_change = now;
}

void DirectoryWatcher::Run() {
  while (!stop_) {
    state_.has_notifications = events_->has_notifications();
    if (reload_requested_.exchange(false)) state_.reload_requested = true;
    const WatchStep step =
        NextWatchStep(state_, options_.timings, std::chrono::steady_clock::now());
    switch (step.action) {
      case WatchStep::Action::kWait:
        if (events_->Wait(step.wait)) NoteChange(std::chrono::steady_clock::now());
        break;
      case WatchStep::Action::kCompare:
        state_.last_poll = std::chrono::steady_clock::now();
        if (std::string seen = FingerprintOf(root_); seen != fingerprint_) {
          fingerprint_ = std::move(seen);
          NoteChange(state_.last_poll);
        }
        break;
      case WatchStep::Action::kRead:
        ReadAndReport();
        break;
    }
  }
}

void DirectoryWatcher::ReadAndReport() {
  const WatchState before = state_;
  state_.reload_requested = false;
  events_->Refresh();
  const std::string fingerprint = FingerprintOf(root_);
  const absl::StatusOr<RuleTree> tree = ReadRuleTree(root_, options_.limits);
  const WatchTime now = std::chrono::steady_clock::now();
  fingerprint_ = FingerprintOf(root_);
  state_.last_poll = now;
  const bool moved = fingerprint_ != fingerprint;
  const bool patient =
      !before.first_change.has_value() || now - *before.first_change < options_.timings.max_delay;
  if (moved) {
    // Written to while it was read: perhaps half of an old and half of a new state.
    NoteChange(now);
    if (patient) return;
  }
  state_.first_change.reset();
  state_.latest_change.reset();
  if (moved) NoteChange(now);
  on_change_(tree);
}

}  // namespace pql
