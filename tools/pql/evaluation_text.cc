#include "tools/pql/evaluation_text.h"

#include "base/strings.h"
#include "base/time_text.h"
#include "tools/pql/evaluation_json.h"
#include "tools/pql/json_text.h"

namespace pql {
namespace {

std::string Quoted(std::string_view text) {
  std::string quoted;
  AppendJsonString(text, &quoted);
  return quoted;
}

// REQUIRES: present.
void AppendCell(const Cell& cell, std::string* out) {
  switch (cell.kind) {
    case Cell::Kind::kNumber:
      return AppendJsonNumber(cell.number, out);
    case Cell::Kind::kText:
      return AppendJsonString(cell.view(), out);
    default:
      *out += CompactJson(ValueToJson(cell.ToValue()));
  }
}

// An object or a list opened with its first entry, and closed if there was one.
class Entries {
 public:
  Entries(std::string_view open, std::string* out) : open_(open), out_(*out) {}
  void Next() {
    if (any_) {
      out_ += ',';
    } else {
      out_ += open_;
    }
    any_ = true;
  }
  void End(char close) {
    if (any_) out_ += close;
  }

 private:
  std::string_view open_;
  std::string& out_;
  bool any_ = false;
};

}  // namespace

EvaluationText::EvaluationText(const AccountEvaluator& evaluator)
    : rules_(evaluator.rules()), all_(evaluator.all()) {
  const auto named = [this, &evaluator](RuleMode mode) {
    std::vector<NamedRule> rules;
    for (const uint32_t index : evaluator.ReportedRules(mode)) {
      rules.push_back(
          {index, StrCat("{\"rule\":", Quoted(rules_.rules[index].name), ",\"outcome\":\"")});
    }
    return rules;
  };
  active_ = named(RuleMode::kActive);
  shadow_ = named(RuleMode::kShadow);
  for (uint32_t i = 0; i < rules_.scorecards.size(); ++i) {
    scorecards_.push_back({i, Quoted(rules_.scorecards[i].name) + ":"});
  }
  for (uint32_t i = 0; i < rules_.defines.size(); ++i) {
    if (rules_.defines[i].is_output) outputs_.push_back({i, Quoted(rules_.defines[i].name) + ":"});
  }
}

const Evaluation& EvaluationText::Full(PlanRun* run) {
  if (!full_.has_value()) full_ = run->Evaluate();
  return *full_;
}

void EvaluationText::Append(std::string_view account_id, PlanRun* run, std::string* out) {
  full_.reset();
  *out += "{\"accountId\":";
  AppendJsonString(account_id, out);
  if (const std::optional<uint32_t> stage = run->Stage()) {
    *out += ",\"stage\":";
    AppendJsonString(rules_.stages[*stage], out);
  }
  AppendRules(active_, ",\"rules\":[", run, out);
  AppendRules(shadow_, ",\"shadowRules\":[", run, out);
  AppendScores(run, out);
  *out += "}\n";
}

void EvaluationText::AppendRules(const std::vector<NamedRule>& rules, std::string_view field,
                                 PlanRun* run, std::string* out) {
  Entries entries(field, out);
  for (const NamedRule& rule : rules) {
    const Outcome outcome = run->OutcomeOf(rule.index);
    if (!all_ && outcome != Outcome::kQualified) continue;
    entries.Next();
    *out += rule.text;
    *out += OutcomeName(outcome);
    *out += '"';
    if (outcome == Outcome::kQualified) {
      if (const std::optional<double> score = run->ScoreOf(rule.index)) {
        *out += ",\"score\":";
        AppendJsonNumber(*score, out);
      }
    } else if (outcome == Outcome::kUnknown) {
      const MissingMetrics& missing = Full(run).rules[rule.index].missing;
      if (!missing.empty()) {
        *out += ",\"missing\":";
        AppendMissing(missing, out);
      }
    }
    *out += '}';
  }
  entries.End(']');
}

void EvaluationText::AppendScores(PlanRun* run, std::string* out) {
  bool any_incomplete = false;
  Entries scores(",\"scores\":{", out);
  for (const Named& scorecard : scorecards_) {
    const ScorecardResult& result = run->ScorecardOf(scorecard.index);
    any_incomplete = any_incomplete || result.incomplete;
    scores.Next();
    *out += scorecard.text;
    AppendJsonNumber(result.value, out);
  }
  scores.End('}');
  AppendOutputs(run, out);
  if (!any_incomplete) return;
  Entries incomplete(",\"incompleteScores\":{", out);
  for (const Named& scorecard : scorecards_) {
    const ScorecardResult& result = Full(run).scorecards[scorecard.index];
    if (!result.incomplete) continue;
    incomplete.Next();
    *out += scorecard.text;
    AppendMissing(result.missing, out);
  }
  incomplete.End('}');
}

void EvaluationText::AppendOutputs(PlanRun* run, std::string* out) const {
  Entries entries(",\"outputs\":{", out);
  for (const Named& output : outputs_) {
    const Cell cell = run->DefineOf(output.index);
    if (cell.IsMissing()) continue;
    entries.Next();
    *out += output.text;
    AppendCell(cell, out);
  }
  entries.End('}');
}

void EvaluationText::AppendMissing(const MissingMetrics& missing, std::string* out) const {
  *out += '[';
  for (size_t i = 0; i < missing.size(); ++i) {
    if (i > 0) *out += ',';
    AppendJsonString(rules_.metrics[missing[i]].name, out);
  }
  *out += ']';
}

}  // namespace pql
