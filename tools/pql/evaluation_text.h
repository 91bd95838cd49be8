// An evaluation of an account of many as text, written straight from a plan's run: what
// evaluation_json.h and the renderer of the format come to, without what lies between.
//
// Keeps a reference to the evaluator.  Not thread-safe.

#ifndef TOOLS_PQL_EVALUATION_TEXT_H_
#define TOOLS_PQL_EVALUATION_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eval/plan/match_run.h"
#include "eval/plan/plan_run.h"
#include "tools/pql/account_evaluator.h"
#include "tools/pql/evaluation_renderer.h"

namespace pql {

// An account that is printed.
struct EvaluatedAccount {
  std::string_view id;
  PlanRun* run;                             // that has begun with it
  const AccountMatches* matches = nullptr;  // of its rules; null: the run is to be asked

  std::optional<uint32_t> Stage() const {
    return matches != nullptr ? matches->stage : run->Stage();
  }
};

class EvaluationText {
 public:
  virtual ~EvaluationText() = default;

  void Append(const EvaluatedAccount& account, std::string* out) {
    full_.reset();
    AppendAccount(account, out);
  }

 protected:
  explicit EvaluationText(const AccountEvaluator& evaluator) : rules_(evaluator.rules()) {}

  virtual void AppendAccount(const EvaluatedAccount& account, std::string* out) = 0;

  const CheckedRuleSet& rules() const { return rules_; }
  // The defines that are outputs, by index.
  std::vector<uint32_t> Outputs() const;
  // Everything, which has the names of what is missing; made for those accounts only that need it.
  const Evaluation& Full(PlanRun* run);

 private:
  const CheckedRuleSet& rules_;
  std::optional<Evaluation> full_;  // of the account
};

// The rules of one mode that are reported, by place.
class ReportedRules {
 public:
  ReportedRules(const AccountEvaluator& evaluator, RuleMode mode);

  size_t size() const { return rules_.size(); }
  uint32_t operator[](size_t place) const { return rules_[place]; }

  // Calls `visit(place)` for each rule that is qualified.
  template <typename Visit>
  void ForEachQualified(const EvaluatedAccount& account, const Visit& visit) const {
    if (account.matches == nullptr) {
      for (size_t place = 0; place < rules_.size(); ++place) {
        if (account.run->OutcomeOf(rules_[place]) == Outcome::kQualified) visit(place);
      }
      return;
    }
    for (const uint32_t rule : account.matches->qualified) {
      if (places_[rule] != kNotReported) visit(places_[rule]);
    }
  }

 private:
  static constexpr size_t kNotReported = std::numeric_limits<size_t>::max();

  std::vector<uint32_t> rules_;
  std::vector<size_t> places_;  // by rule
};

std::unique_ptr<EvaluationText> MakeJsonLinesText(const AccountEvaluator& evaluator);
std::unique_ptr<EvaluationText> MakeHumanText(const AccountEvaluator& evaluator,
                                              const RenderOptions& options);
// One row an account; no header.
std::unique_ptr<EvaluationText> MakeCsvText(const AccountEvaluator& evaluator,
                                            const RenderOptions& options);

}  // namespace pql

#endif  // TOOLS_PQL_EVALUATION_TEXT_H_
