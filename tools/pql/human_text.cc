// What the `human` renderer prints of one of many accounts.

#include <array>
#include <map>

#include "base/strings.h"
#include "base/unicode.h"
#include "tools/pql/evaluation_json.h"
#include "tools/pql/evaluation_parts.h"
#include "tools/pql/evaluation_text.h"

namespace pql {
namespace {

class HumanText : public EvaluationText {
 public:
  HumanText(const AccountEvaluator& evaluator, const RenderOptions& options)
      : EvaluationText(evaluator), color_(options.color), all_(options.all) {
    AddRules(evaluator.ReportedRules(RuleMode::kActive), "");
    AddRules(evaluator.ReportedRules(RuleMode::kShadow), "  (shadow)");
    if (!all_) return;
    for (uint32_t i = 0; i < rules().scorecards.size(); ++i) {
      scorecards_.emplace(rules().scorecards[i].name, i);
    }
    for (const uint32_t i : Outputs()) outputs_.emplace(rules().defines[i].name, i);
  }

 private:
  struct RuleHeads {
    uint32_t index;
    std::array<std::string, 3> by_outcome;
  };

  void AddRules(const std::vector<uint32_t>& rules_of_mode, std::string_view remark) {
    for (const uint32_t index : rules_of_mode) {
      std::array<std::string, 3>& heads = rules_.emplace_back(RuleHeads{index, {}}).by_outcome;
      for (size_t i = 0; i < heads.size(); ++i) {
        const std::string_view outcome = OutcomeName(static_cast<Outcome>(i));
        heads[i] = StrCat(RuleHead(rules().rules[index].name, outcome, color_), remark);
      }
    }
  }

  void AppendAccount(const EvaluatedAccount& account, std::string* out) override {
    PlanRun* run = account.run;
    const std::optional<uint32_t> stage = account.Stage();
    *out += AccountLine(account.id, stage.has_value() ? rules().stages[*stage] : "", color_);
    for (const RuleHeads& rule : rules_) {
      const Outcome outcome = run->OutcomeOf(rule.index);
      if (outcome == Outcome::kNotQualified && !all_) continue;
      *out += rule.by_outcome[static_cast<size_t>(outcome)];
      AppendRest(rule.index, outcome, run, out);
      *out += '\n';
    }
    if (all_) AppendValues(run, out);
  }

  void AppendRest(uint32_t rule, Outcome outcome, PlanRun* run, std::string* out) {
    if (outcome == Outcome::kUnknown) {
      *out += UnknownReason(MissingNames(rules(), Full(run).rules[rule].missing));
    } else if (outcome == Outcome::kQualified) {
      const std::optional<double> score = run->ScoreOf(rule);
      if (!score.has_value()) return;
      *out += "  score ";
      AppendJsonNumber(*score, out);
    }
  }

  void AppendValues(PlanRun* run, std::string* out) {
    for (const auto& [name, index] : scorecards_) {
      StrAppend(out, "  ", EscapeUnprintable(name), " = ");
      AppendJsonNumber(run->ScorecardOf(index).value, out);
      if (run->ScorecardOf(index).incomplete) {
        const MissingMetrics& missing = Full(run).scorecards[index].missing;
        *out += "  incomplete";
        if (!missing.empty()) {
          StrAppend(out, ", missing: ", ShownValue(MissingNames(rules(), missing)));
        }
      }
      *out += '\n';
    }
    for (const auto& [name, index] : outputs_) {
      const Cell cell = run->DefineOf(index);
      if (cell.IsMissing()) continue;
      StrAppend(out, "  ", EscapeUnprintable(name), " = ", ShownValue(ValueToJson(cell.ToValue())),
                "\n");
    }
  }

  bool color_;
  bool all_;
  std::vector<RuleHeads> rules_;
  std::map<std::string, uint32_t> scorecards_;
  std::map<std::string, uint32_t> outputs_;
};

}  // namespace

std::unique_ptr<EvaluationText> MakeHumanText(const AccountEvaluator& evaluator,
                                              const RenderOptions& options) {
  return std::make_unique<HumanText>(evaluator, options);
}

}  // namespace pql
