// What the `csv` renderer prints of one of many accounts.

#include <set>
#include <utility>

#include "base/strings.h"
#include "tools/pql/evaluation_json.h"
#include "tools/pql/evaluation_parts.h"
#include "tools/pql/evaluation_text.h"

namespace pql {
namespace {

class CsvText : public EvaluationText {
 public:
  CsvText(const AccountEvaluator& evaluator, const RenderOptions& options)
      : EvaluationText(evaluator), all_(options.all), rules_(evaluator, RuleMode::kActive) {
    for (size_t i = 0; i < rules_.size(); ++i) {
      const Rule& rule = rules().rules[rules_[i]];
      names_.push_back(JsonString(rule.name));
      if (rule.score.has_value()) scored_.push_back(rules_[i]);
    }
    outputs_ = Outputs();
  }

 private:
  void AppendAccount(const EvaluatedAccount& account, std::string* out) override {
    PlanRun* run = account.run;
    AppendCsvCell(account.id, out);
    *out += ',';
    if (const std::optional<uint32_t> stage = account.Stage()) {
      AppendCsvCell(rules().stages[*stage], out);
    }
    AppendQualified(account, out);
    if (all_) AppendOutcomes(run, out);
    for (const uint32_t rule : scored_) {
      *out += ',';
      if (run->OutcomeOf(rule) != Outcome::kQualified) continue;
      const std::optional<double> score = run->ScoreOf(rule);
      if (score.has_value()) AppendJsonNumber(*score, out);
    }
    for (uint32_t i = 0; i < rules().scorecards.size(); ++i) {
      *out += ',';
      AppendJsonNumber(run->ScorecardOf(i).value, out);
    }
    for (const uint32_t output : outputs_) {
      *out += ',';
      AppendOutput(run->DefineOf(output), out);
    }
    *out += '\n';
  }

  void AppendQualified(const EvaluatedAccount& account, std::string* out) {
    list_ = "[";
    rules_.ForEachQualified(account, [this](size_t place) {
      if (list_.size() > 1) list_ += ',';
      list_ += names_[place];
    });
    list_ += ']';
    *out += ',';
    AppendCsvCell(list_, out);
  }

  void AppendOutcomes(PlanRun* run, std::string* out) {
    std::set<std::string> missing;
    for (size_t i = 0; i < rules_.size(); ++i) {
      if (run->OutcomeOf(rules_[i]) != Outcome::kUnknown) continue;
      for (const uint32_t metric : Full(run).rules[rules_[i]].missing) {
        missing.insert(rules().metrics[metric].name);
      }
    }
    *out += ',';
    AppendCsvCell(CompactJson(Json(missing)), out);
    for (size_t i = 0; i < rules_.size(); ++i) {
      *out += ',';
      *out += OutcomeName(run->OutcomeOf(rules_[i]));
    }
  }

  static void AppendOutput(const Cell& cell, std::string* out) {
    switch (cell.kind) {
      case Cell::Kind::kMissing:
        return;
      case Cell::Kind::kNumber:
        return AppendJsonNumber(cell.number, out);
      case Cell::Kind::kText:
        return AppendCsvCell(cell.view(), out);
      default:
        return AppendCsvCell(CsvValue(ValueToJson(cell.ToValue())), out);
    }
  }

  bool all_;
  ReportedRules rules_;
  std::vector<std::string> names_;  // of the rules, as JSON
  std::vector<uint32_t> scored_;
  std::vector<uint32_t> outputs_;
  std::string list_;  // of names, of the account
};

}  // namespace

std::unique_ptr<EvaluationText> MakeCsvText(const AccountEvaluator& evaluator,
                                            const RenderOptions& options) {
  return std::make_unique<CsvText>(evaluator, options);
}

}  // namespace pql
