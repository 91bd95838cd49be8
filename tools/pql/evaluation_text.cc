#include "tools/pql/evaluation_text.h"

#include "base/strings.h"
#include "base/time_text.h"
#include "tools/pql/evaluation_json.h"
#include "tools/pql/json_text.h"

namespace pql {
namespace {

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

class JsonLinesText : public EvaluationText {
 public:
  explicit JsonLinesText(const AccountEvaluator& evaluator);

 private:
  // Those of one mode, and what begins each in the text: `{"rule":"slack_team","outcome":"`.
  struct Rules {
    ReportedRules reported;
    std::vector<std::string> texts;
  };
  struct Named {
    uint32_t index;
    std::string text;  // `"engagement":`
  };

  Rules RulesOf(const AccountEvaluator& evaluator, RuleMode mode) const;
  void AppendAccount(const EvaluatedAccount& account, std::string* out) override;
  void AppendRules(const Rules& of_mode, std::string_view field, const EvaluatedAccount& account,
                   std::string* out);
  void AppendRule(uint32_t rule, Outcome outcome, PlanRun* run, std::string* out);
  void AppendScores(PlanRun* run, std::string* out);
  void AppendOutputs(PlanRun* run, std::string* out) const;
  void AppendMissing(const MissingMetrics& missing, std::string* out) const;

  bool all_;
  Rules active_;
  Rules shadow_;
  std::vector<Named> scorecards_;
  std::vector<Named> outputs_;
};

JsonLinesText::JsonLinesText(const AccountEvaluator& evaluator)
    : EvaluationText(evaluator),
      all_(evaluator.all()),
      active_(RulesOf(evaluator, RuleMode::kActive)),
      shadow_(RulesOf(evaluator, RuleMode::kShadow)) {
  for (uint32_t i = 0; i < rules().scorecards.size(); ++i) {
    scorecards_.push_back({i, JsonString(rules().scorecards[i].name) + ":"});
  }
  for (const uint32_t i : Outputs()) {
    outputs_.push_back({i, JsonString(rules().defines[i].name) + ":"});
  }
}

JsonLinesText::Rules JsonLinesText::RulesOf(const AccountEvaluator& evaluator,
                                            RuleMode mode) const {
  Rules of_mode{ReportedRules(evaluator, mode), {}};
  for (size_t i = 0; i < of_mode.reported.size(); ++i) {
    const std::string name = JsonString(rules().rules[of_mode.reported[i]].name);
    of_mode.texts.push_back(StrCat("{\"rule\":", name, ",\"outcome\":\""));
  }
  return of_mode;
}

void JsonLinesText::AppendAccount(const EvaluatedAccount& account, std::string* out) {
  *out += "{\"accountId\":";
  AppendJsonString(account.id, out);
  if (const std::optional<uint32_t> stage = account.Stage()) {
    *out += ",\"stage\":";
    AppendJsonString(rules().stages[*stage], out);
  }
  AppendRules(active_, ",\"rules\":[", account, out);
  AppendRules(shadow_, ",\"shadowRules\":[", account, out);
  AppendScores(account.run, out);
  *out += "}\n";
}

void JsonLinesText::AppendRules(const Rules& of_mode, std::string_view field,
                                const EvaluatedAccount& account, std::string* out) {
  Entries entries(field, out);
  const auto append = [&](size_t place, Outcome outcome) {
    entries.Next();
    *out += of_mode.texts[place];
    AppendRule(of_mode.reported[place], outcome, account.run, out);
  };
  if (all_) {
    for (size_t place = 0; place < of_mode.reported.size(); ++place) {
      append(place, account.run->OutcomeOf(of_mode.reported[place]));
    }
  } else {
    of_mode.reported.ForEachQualified(
        account, [&append](size_t place) { append(place, Outcome::kQualified); });
  }
  entries.End(']');
}

// From behind `"outcome":"` on.
void JsonLinesText::AppendRule(uint32_t rule, Outcome outcome, PlanRun* run, std::string* out) {
  *out += OutcomeName(outcome);
  *out += '"';
  if (outcome == Outcome::kQualified) {
    if (const std::optional<double> score = run->ScoreOf(rule)) {
      *out += ",\"score\":";
      AppendJsonNumber(*score, out);
    }
  } else if (outcome == Outcome::kUnknown) {
    const MissingMetrics& missing = Full(run).rules[rule].missing;
    if (!missing.empty()) {
      *out += ",\"missing\":";
      AppendMissing(missing, out);
    }
  }
  *out += '}';
}

void JsonLinesText::AppendScores(PlanRun* run, std::string* out) {
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

void JsonLinesText::AppendOutputs(PlanRun* run, std::string* out) const {
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

void JsonLinesText::AppendMissing(const MissingMetrics& missing, std::string* out) const {
  *out += '[';
  for (size_t i = 0; i < missing.size(); ++i) {
    if (i > 0) *out += ',';
    AppendJsonString(rules().metrics[missing[i]].name, out);
  }
  *out += ']';
}

}  // namespace

ReportedRules::ReportedRules(const AccountEvaluator& evaluator, RuleMode mode)
    : rules_(evaluator.ReportedRules(mode)), places_(evaluator.rules().rules.size(), kNotReported) {
  for (size_t place = 0; place < rules_.size(); ++place) places_[rules_[place]] = place;
}

std::vector<uint32_t> EvaluationText::Outputs() const {
  std::vector<uint32_t> outputs;
  for (uint32_t i = 0; i < rules_.defines.size(); ++i) {
    if (rules_.defines[i].is_output) outputs.push_back(i);
  }
  return outputs;
}

const Evaluation& EvaluationText::Full(PlanRun* run) {
  if (!full_.has_value()) full_ = run->Evaluate();
  return *full_;
}

std::unique_ptr<EvaluationText> MakeJsonLinesText(const AccountEvaluator& evaluator) {
  return std::make_unique<JsonLinesText>(evaluator);
}

}  // namespace pql
