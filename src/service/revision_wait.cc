#include "service/revision_wait.h"

#include <algorithm>
#include <utility>

#include "engine/rule_query.h"

namespace pql {
namespace {

// So that the answer still reaches the caller before its deadline does.
constexpr std::chrono::milliseconds kAnswerMargin{50};

}  // namespace

RevisionWish WishOf(const std::string& rule_set_name, const v1::EvaluationOptions& options) {
  if (options.min_revision() <= 0) return {};
  absl::StatusOr<std::string> id = ParseRuleSetName("rule_set", rule_set_name);
  return id.ok() ? RevisionWish{*std::move(id), options.min_revision()} : RevisionWish{};
}

bool IsReached(const Engine& engine, const RevisionWish& wish) {
  if (wish.min_revision <= 0) return true;
  const std::shared_ptr<const Snapshot> snapshot = engine.rule_sets().snapshot();
  const RuleSetState* state = snapshot->Find(wish.rule_set);
  return state != nullptr && state->revision >= wish.min_revision;
}

void RevisionWait::Start(const RevisionWish& wish, std::chrono::system_clock::time_point deadline) {
  const auto latest = std::chrono::system_clock::now() +
                      absl::ToChronoMilliseconds(engine_->limits().max_revision_wait);
  is_bounded_ = latest < deadline - kAnswerMargin;
  self_ = shared_from_this();
  alarm_.Set(queue_, std::min(latest, deadline - kAnswerMargin), &fired_);
  waiter_ = engine_->rule_sets().board().WhenRevision(wish.rule_set, wish.min_revision,
                                                      [self = self_] { self->End(); });
  if (!waiter_.has_value()) End();  // it came meanwhile
}

void RevisionWait::GoOn(bool is_over) {
  if (is_over && is_bounded_) engine_->telemetry().CountLimitHit("max-revision-wait");
  const std::shared_ptr<RevisionWait> self = std::move(self_);
  if (waiter_.has_value()) engine_->rule_sets().board().CancelWaiter(*waiter_);
  done_->Happen(true);
}

}  // namespace pql
