#include "service/direct_evaluation.h"

#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "pql/v1/evaluation.pb.h"
#include "service/value_conversion.h"
#include "service/wire_writer.h"

namespace pql {
namespace {

using AccountMessage = v1::AccountEvaluation;
using RuleMessage = v1::RuleEvaluation;

// Of an entry of a map.
constexpr uint32_t kKeyTag = BytesTag(1);
constexpr uint32_t kNumberValueTag = WireTag(2, WireType::kFixed64);
constexpr uint32_t kMessageValueTag = BytesTag(2);

}  // namespace

void DirectEvaluation::Begin(const EvaluationSession& session, bool strict) {
  session_ = &session;
  strict_ = strict;
  workplace_ = WorkplaceOf(session);
  evaluated_ = 0;
  unknown_metrics_.clear();
  for (const uint32_t rule : counted_rules_) outcomes_[rule] = {};
  counted_rules_.clear();
  outcomes_.resize(std::max(outcomes_.size(), session.checked().rules.size()));
}

bool DirectEvaluation::Evaluate(std::string_view account, uint32_t tag, std::string* out) {
  const BoundAccount bound = workplace_->accounts[0];
  if (!reader_.Read(account, *workplace_->rule_set->plan, strict_, bound)) return false;
  const AccountMatches& matches = workplace_->run->Match(bound, session_->now(), reader_.held());
  WriteAccount(matches);
  AppendBytes(tag, account_, out);
  ++evaluated_;
  CountOutcomes(matches);
  for (const absl::string_view name : reader_.unknown_metrics()) {
    unknown_metrics_.push_back(FromAbsl(name));
  }
  return true;
}

void DirectEvaluation::CountOutcomes(const AccountMatches& matches) {
  const auto count = [this](const std::vector<uint32_t>& rules, uint64_t RuleOutcomes::*outcome) {
    for (const uint32_t rule : rules) {
      RuleOutcomes& counts = outcomes_[rule];
      if (counts.qualified + counts.unknown == 0) counted_rules_.push_back(rule);
      ++(counts.*outcome);
    }
  };
  count(matches.qualified, &RuleOutcomes::qualified);
  count(matches.unknown, &RuleOutcomes::unknown);
}

void DirectEvaluation::Count() {
  RevisionTelemetry& telemetry = session_->telemetry();
  telemetry.AddAccounts(evaluated_);
  for (const uint32_t rule : counted_rules_) {
    const RuleOutcomes& count = outcomes_[rule];
    if (count.qualified > 0) telemetry.AddQualified(rule, count.qualified);
    if (count.unknown > 0) telemetry.AddUnknown(rule, count.unknown);
  }
  for (const std::string_view name : unknown_metrics_) telemetry.AddUnknownMetric(name);
}

DirectEvaluation::Workplace* DirectEvaluation::WorkplaceOf(const EvaluationSession& session) {
  const std::shared_ptr<const RuleSet>& rule_set = session.shared_rule_set();
  const auto found =
      std::find_if(workplaces_.begin(), workplaces_.end(),
                   [&](const auto& workplace) { return workplace->rule_set == rule_set; });
  if (found == workplaces_.end()) {
    TidyBy(session.snapshot());
    workplaces_.insert(workplaces_.begin(), std::make_unique<Workplace>(rule_set));
  } else if (found != workplaces_.begin()) {
    std::rotate(workplaces_.begin(), found, found + 1);
  }
  return workplaces_.front().get();
}

void DirectEvaluation::Tidy() {
  if (!workplaces_.empty()) TidyBy(*engine_->rule_sets().snapshot());
}

void DirectEvaluation::TidyBy(const Snapshot& snapshot) {
  std::erase_if(workplaces_, [&snapshot](const auto& workplace) {
    const RuleSetState* state = snapshot.Find(workplace->rule_set->id);
    return state == nullptr || state->rule_set != workplace->rule_set;
  });
}

void DirectEvaluation::WriteAccount(const AccountMatches& matches) {
  account_.clear();
  if (!reader_.id().empty()) {
    AppendBytes(BytesTag(AccountMessage::kAccountIdFieldNumber), reader_.id(), &account_);
  }
  if (matches.stage.has_value()) {
    AppendBytes(BytesTag(AccountMessage::kStageFieldNumber),
                session_->checked().stages[*matches.stage], &account_);
  }
  WriteRules(matches, RuleMode::kActive, AccountMessage::kRulesFieldNumber);
  WriteRules(matches, RuleMode::kShadow, AccountMessage::kShadowRulesFieldNumber);
  if (workplace_->rule_set->plan->answer_items().empty()) return;
  const Evaluation& answers = workplace_->run->Answers();
  WriteScores(answers);
  WriteOutputs(answers);
}

void DirectEvaluation::WriteRules(const AccountMatches& matches, RuleMode mode, int field) {
  for (const uint32_t rule : matches.qualified) {
    const Rule& checked = session_->checked().rules[rule];
    if (checked.mode != mode || !session_->IsSelected(rule)) continue;
    part_.clear();
    AppendBytes(BytesTag(RuleMessage::kRuleFieldNumber), checked.name, &part_);
    AppendBytes(BytesTag(RuleMessage::kOutcomeFieldNumber), OutcomeName(Outcome::kQualified),
                &part_);
    if (const std::optional<double> score = workplace_->run->ScoreOf(rule)) {
      AppendDouble(WireTag(RuleMessage::kScoreFieldNumber, WireType::kFixed64), *score, &part_);
    }
    AppendBytes(BytesTag(field), part_, &account_);
  }
}

void DirectEvaluation::WriteScores(const Evaluation& answers) {
  const CheckedRuleSet& checked = session_->checked();
  for (size_t i = 0; i < checked.scorecards.size(); ++i) {
    const std::string& name = checked.scorecards[i].name;
    const ScorecardResult& score = answers.scorecards[i];
    part_.clear();
    AppendBytes(kKeyTag, name, &part_);
    AppendDouble(kNumberValueTag, score.value, &part_);
    AppendBytes(BytesTag(AccountMessage::kScoresFieldNumber), part_, &account_);
    if (!score.incomplete) continue;
    google::protobuf::ListValue missing;
    for (const uint32_t metric : score.missing) {
      missing.add_values()->set_string_value(checked.metrics[metric].name);
    }
    part_.clear();
    AppendBytes(kKeyTag, name, &part_);
    AppendBytes(kMessageValueTag, missing.SerializeAsString(), &part_);
    AppendBytes(BytesTag(AccountMessage::kIncompleteScoresFieldNumber), part_, &account_);
  }
}

void DirectEvaluation::WriteOutputs(const Evaluation& answers) {
  const CheckedRuleSet& checked = session_->checked();
  for (size_t i = 0; i < checked.defines.size(); ++i) {
    const Value& value = answers.defines[i].value;
    if (!checked.defines[i].is_output || value.IsMissing()) continue;
    part_.clear();
    AppendBytes(kKeyTag, checked.defines[i].name, &part_);
    AppendBytes(kMessageValueTag, ToProto(value).SerializeAsString(), &part_);
    AppendBytes(BytesTag(AccountMessage::kOutputsFieldNumber), part_, &account_);
  }
}

}  // namespace pql
