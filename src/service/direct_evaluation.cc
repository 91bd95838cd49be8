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
  AccountReader& reader = workplace_->reader;
  const BoundAccount bound = workplace_->accounts[0];
  if (!reader.Read(account, strict_, bound)) return false;
  account_.clear();
  if (session_->wants_matches_only()) {
    AnswerMatches(bound);
  } else {
    AnswerAll(bound);
  }
  AppendBytes(tag, account_, out);
  ++evaluated_;
  for (const absl::string_view name : reader.unknown_metrics()) {
    unknown_metrics_.push_back(FromAbsl(name));
  }
  return true;
}

void DirectEvaluation::CountOutcome(uint32_t rule, uint64_t RuleOutcomes::*outcome) {
  RuleOutcomes& counts = outcomes_[rule];
  if (counts.qualified + counts.unknown == 0) counted_rules_.push_back(rule);
  ++(counts.*outcome);
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
    workplaces_.insert(workplaces_.begin(),
                       std::make_unique<Workplace>(engine_->limits(), rule_set));
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

void DirectEvaluation::AnswerMatches(const BoundAccount& account) {
  const AccountMatches& matches =
      workplace_->run->Match(account, session_->now(), workplace_->reader.held());
  for (const uint32_t rule : matches.qualified) CountOutcome(rule, &RuleOutcomes::qualified);
  for (const uint32_t rule : matches.unknown) CountOutcome(rule, &RuleOutcomes::unknown);
  WriteHead(matches.stage);
  WriteMatches(matches, RuleMode::kActive, AccountMessage::kRulesFieldNumber);
  WriteMatches(matches, RuleMode::kShadow, AccountMessage::kShadowRulesFieldNumber);
  if (workplace_->rule_set->plan->answer_items().empty()) return;
  const Evaluation& answers = workplace_->run->Answers();
  WriteScores(answers);
  WriteOutputs(answers);
}

void DirectEvaluation::AnswerAll(const BoundAccount& account) {
  const Evaluation& evaluation =
      workplace_->run->EvaluateAll(account, session_->now(), workplace_->reader.held());
  for (uint32_t rule = 0; rule < evaluation.rules.size(); ++rule) {
    const Outcome outcome = evaluation.rules[rule].outcome;
    if (outcome == Outcome::kQualified) CountOutcome(rule, &RuleOutcomes::qualified);
    if (outcome == Outcome::kUnknown) CountOutcome(rule, &RuleOutcomes::unknown);
  }
  WriteHead(evaluation.stage);
  WriteAll(evaluation, RuleMode::kActive, AccountMessage::kRulesFieldNumber);
  WriteAll(evaluation, RuleMode::kShadow, AccountMessage::kShadowRulesFieldNumber);
  WriteScores(evaluation);
  WriteOutputs(evaluation);
}

void DirectEvaluation::WriteHead(std::optional<uint32_t> stage) {
  if (const std::string_view id = workplace_->reader.id(); !id.empty()) {
    AppendBytes(BytesTag(AccountMessage::kAccountIdFieldNumber), id, &account_);
  }
  if (stage.has_value()) {
    AppendBytes(BytesTag(AccountMessage::kStageFieldNumber), session_->checked().stages[*stage],
                &account_);
  }
}

void DirectEvaluation::WriteMatches(const AccountMatches& matches, RuleMode mode, int field) {
  for (const uint32_t rule : matches.qualified) {
    if (session_->checked().rules[rule].mode != mode || !session_->IsSelected(rule)) continue;
    WriteRule(field, rule, Outcome::kQualified, workplace_->run->ScoreOf(rule), {});
  }
}

void DirectEvaluation::WriteAll(const Evaluation& evaluation, RuleMode mode, int field) {
  for (uint32_t rule = 0; rule < evaluation.rules.size(); ++rule) {
    if (session_->checked().rules[rule].mode != mode || !session_->IsSelected(rule)) continue;
    const RuleResult& result = evaluation.rules[rule];
    WriteRule(field, rule, result.outcome, result.score, result.missing);
  }
}

void DirectEvaluation::WriteRule(int field, uint32_t rule, Outcome outcome,
                                 std::optional<double> score, const MissingMetrics& missing) {
  const CheckedRuleSet& checked = session_->checked();
  const std::string& name = checked.rules[rule].name;
  const std::string_view outcome_name = OutcomeName(outcome);
  size_t size = SizeOfBytes(name.size()) + SizeOfBytes(outcome_name.size());
  if (score.has_value()) size += kSizeOfDouble;
  for (const uint32_t metric : missing) size += SizeOfBytes(checked.metrics[metric].name.size());
  AppendHead(BytesTag(field), size, &account_);
  AppendBytes(BytesTag(RuleMessage::kRuleFieldNumber), name, &account_);
  AppendBytes(BytesTag(RuleMessage::kOutcomeFieldNumber), outcome_name, &account_);
  if (score.has_value()) {
    AppendDouble(WireTag(RuleMessage::kScoreFieldNumber, WireType::kFixed64), *score, &account_);
  }
  for (const uint32_t metric : missing) {
    AppendBytes(BytesTag(RuleMessage::kMissingFieldNumber), checked.metrics[metric].name,
                &account_);
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
