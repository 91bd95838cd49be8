#include "engine/table_evaluation.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "eval/columns/column_run.h"
#include "eval/columns/shared_column_program.h"

namespace pql {
namespace {

constexpr size_t kRowsBetweenQuestions = 256;  // whether the answer is still wanted

bool HasOutputs(const CheckedRuleSet& rule_set) {
  return std::any_of(rule_set.defines.begin(), rule_set.defines.end(),
                     [](const Define& define) { return define.is_output; });
}

// Calls `visit(row)` for each row whose bit is set.
template <typename Visit>
void ForEachRow(std::span<const uint64_t> words, size_t first_row, const Visit& visit) {
  for (size_t i = 0; i < words.size(); ++i) {
    for (uint64_t bits = words[i]; bits != 0; bits &= bits - 1) {
      visit(first_row + i * 64 + static_cast<size_t>(std::countr_zero(bits)));
    }
  }
}

size_t TextBytesOf(const Value& value) {
  if (value.IsString()) return value.string().size();
  if (!value.IsStringList()) return 0;
  size_t bytes = 0;
  for (const std::string& text : value.strings()) bytes += sizeof(std::string) + text.size();
  return bytes;
}

Value ValueAt(const Metric& metric, const MetricValues& values, size_t row) {
  if (values.presence != nullptr && !BitAt(values.presence, row)) return Value::Missing();
  switch (metric.type.kind()) {
    case Type::Kind::kUnknown:
      break;
    case Type::Kind::kNumber:
      return Value::Number(values.numbers[row]);
    case Type::Kind::kBool:
      return Value::Bool(BitAt(values.bools, row));
    case Type::Kind::kString:
    case Type::Kind::kOneOf:
      return Value::String(
          std::string(values.texts[values.codes == nullptr ? row : values.codes[row]]));
    case Type::Kind::kTimestamp:
      return Value::Time({values.micros[row]});
    case Type::Kind::kDuration:
      return Value::Span({values.micros[row]});
    case Type::Kind::kNumberList:
    case Type::Kind::kStringList:
      return values.lists[row];
  }
  return Value::Missing();
}

}  // namespace

size_t TableWidth(const EvaluationSession& session) {
  const auto& defines = session.checked().defines;
  const auto outputs = std::count_if(defines.begin(), defines.end(),
                                     [](const Define& define) { return define.is_output; });
  return session.RulesOf(RuleMode::kActive).size() + session.RulesOf(RuleMode::kShadow).size() +
         session.checked().scorecards.size() + static_cast<size_t>(outputs);
}

TableEvaluation::TableEvaluation(const EvaluationSession& session, size_t row_count)
    : session_(session),
      rules_(session.checked().rules),
      has_values_(!session.checked().scorecards.empty() || HasOutputs(session.checked())),
      run_(*session.rule_set().plan),
      bound_(session.rule_set().plan->layout()) {
  const CheckedRuleSet& checked = session.checked();
  for (uint32_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].mode != RuleMode::kDraft) counted_.push_back(i);
  }
  answer_.row_count = row_count;
  if (!checked.stages.empty()) answer_.stages.resize(row_count);
  AddRules(session.RulesOf(RuleMode::kActive), &answer_.rules);
  AddRules(session.RulesOf(RuleMode::kShadow), &answer_.shadow_rules);
  for (uint32_t i = 0; i < checked.scorecards.size(); ++i) {
    answer_.scorecards.push_back({i, std::vector<double>(row_count), std::vector<bool>(row_count)});
  }
  for (uint32_t i = 0; i < checked.defines.size(); ++i) {
    if (checked.defines[i].is_output) {
      answer_.outputs.push_back({i, std::vector<Value>(row_count)});
    }
  }
}

void TableEvaluation::AddRules(const std::vector<uint32_t>& rules,
                               std::vector<TableAnswer::RuleRows>* out) const {
  for (const uint32_t rule : rules) {
    TableAnswer::RuleRows& rows = out->emplace_back();
    rows.rule = rule;
    rows.outcomes.resize(answer_.row_count);
    if (rules_[rule].score.has_value()) rows.scores.resize(answer_.row_count);
  }
}

void TableEvaluation::SetRow(size_t row, const AccountView& account,
                             const std::vector<std::string>& held) {
  const EvaluationInput input = session_.InputOf(account, held);
  bound_[0].Bind(account);
  run_.Begin(bound_[0], input.now, input.held);
  for (auto* rules : {&answer_.rules, &answer_.shadow_rules}) {
    for (TableAnswer::RuleRows& rule : *rules) rule.outcomes[row] = run_.OutcomeOf(rule.rule);
  }
  if (!answer_.stages.empty()) answer_.stages[row] = run_.Stage();
  SetValues(row);
  session_.telemetry().AddAccounts(1);
  for (const uint32_t rule : counted_) {
    const Outcome outcome = run_.OutcomeOf(rule);
    if (outcome == Outcome::kQualified) session_.telemetry().AddQualified(rule);
    if (outcome == Outcome::kUnknown) session_.telemetry().AddUnknown(rule);
  }
}

absl::Status TableEvaluation::SetRows(const AccountColumns& accounts,
                                      const std::function<absl::Status()>& still_wanted) {
  const Plan& plan = *session_.rule_set().plan;
  ColumnRun columns(session_.rule_set().columns->Get(), counted_);
  columns.Begin(accounts, session_.now());
  RowBinder binder(plan, accounts);
  bound_[0].Clear();
  BoundAccount account = bound_[0];
  for (size_t first = 0; first < accounts.row_count; first += columns.chunk_rows()) {
    PQL_RETURN_IF_ERROR(still_wanted());
    columns.Evaluate(first);
    SetOutcomes(&columns);
    Count(&columns);
    for (size_t row = first; row < first + columns.rows(); ++row) {
      if (!NeedsAccount(row)) continue;
      if (row % kRowsBetweenQuestions == 0) PQL_RETURN_IF_ERROR(still_wanted());
      binder.Bind(row, &account);
      run_.Begin(account, session_.now(), binder.HeldBy(row));
      SetValues(row);
    }
  }
  return absl::OkStatus();
}

void TableEvaluation::SetOutcomes(ColumnRun* run) {
  for (auto* rules : {&answer_.rules, &answer_.shadow_rules}) {
    for (TableAnswer::RuleRows& rule : *rules) {
      const auto set_to = [&rule](Outcome outcome) {
        return [&rule, outcome](size_t row) { rule.outcomes[row] = outcome; };
      };
      const ChunkOutcomes outcomes = run->OutcomesOf(rule.rule);
      ForEachRow(outcomes.qualified, run->first_row(), set_to(Outcome::kQualified));
      ForEachRow(outcomes.unknown, run->first_row(), set_to(Outcome::kUnknown));
    }
  }
  if (answer_.stages.empty()) return;
  for (uint32_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].mode != RuleMode::kActive || !rules_[i].stage.has_value()) continue;
    ForEachRow(run->OutcomesOf(i).qualified, run->first_row(), [&](size_t row) {
      answer_.stages[row] = std::max(answer_.stages[row], rules_[i].stage);
    });
  }
}

// Every rule is, whichever are reported: the stage depends on others, too.
void TableEvaluation::Count(ColumnRun* run) {
  session_.telemetry().AddAccounts(run->rows());
  for (const uint32_t rule : counted_) {
    const OutcomeCount count = run->CountOf(rule);
    session_.telemetry().AddQualified(rule, count.qualified);
    session_.telemetry().AddUnknown(rule, count.unknown);
  }
}

bool TableEvaluation::NeedsAccount(size_t row) const {
  if (has_values_) return true;
  const auto has_score = [row](const TableAnswer::RuleRows& rule) {
    return !rule.scores.empty() && rule.outcomes[row] == Outcome::kQualified;
  };
  return std::any_of(answer_.rules.begin(), answer_.rules.end(), has_score) ||
         std::any_of(answer_.shadow_rules.begin(), answer_.shadow_rules.end(), has_score);
}

void TableEvaluation::SetValues(size_t row) {
  SetScores(row, &answer_.rules);
  SetScores(row, &answer_.shadow_rules);
  for (TableAnswer::ScorecardRows& scorecard : answer_.scorecards) {
    const ScorecardResult& result = run_.ScorecardOf(scorecard.scorecard);
    scorecard.values[row] = result.value;
    scorecard.incomplete[row] = result.incomplete;
  }
  for (TableAnswer::OutputRows& output : answer_.outputs) {
    Value& value = output.values[row];
    value = run_.DefineOf(output.define).ToValue();
    output_bytes_ += TextBytesOf(value);
  }
}

void TableEvaluation::SetScores(size_t row, std::vector<TableAnswer::RuleRows>* rules) {
  for (TableAnswer::RuleRows& rule : *rules) {
    if (rule.scores.empty() || rule.outcomes[row] != Outcome::kQualified) continue;
    rule.scores[row] = run_.ScoreOf(rule.rule);
  }
}

Account RowAccount(const CheckedRuleSet& rule_set, const AccountColumns& accounts, size_t row) {
  Account account(rule_set);
  for (const MetricValues& values : accounts.metrics) {
    account.Set(values.metric, ValueAt(rule_set.metrics[values.metric], values, row));
  }
  return account;
}

std::vector<std::string> RulesHolding(const CheckedRuleSet& rule_set,
                                      const AccountColumns& accounts, size_t row) {
  std::vector<std::string> rules;
  for (const HeldRows& held : accounts.held) {
    if (held.rows == nullptr || BitAt(held.rows, row)) {
      rules.push_back(rule_set.rules[held.rule].name);
    }
  }
  return rules;
}

}  // namespace pql
