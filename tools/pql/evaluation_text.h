// An evaluation as a line of JSON Lines, written straight from a plan's run: the text that
// evaluation_json.h and the `jsonl` renderer come to, without what lies between.
//
// Keeps a reference to the evaluator.  Not thread-safe.

#ifndef TOOLS_PQL_EVALUATION_TEXT_H_
#define TOOLS_PQL_EVALUATION_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eval/plan/plan_run.h"
#include "tools/pql/account_evaluator.h"

namespace pql {

class EvaluationText {
 public:
  explicit EvaluationText(const AccountEvaluator& evaluator);

  // Appends the line of the account that `run` has begun with.
  void Append(std::string_view account_id, PlanRun* run, std::string* out);

 private:
  struct NamedRule {
    uint32_t index;
    std::string text;  // `{"rule":"slack_team","outcome":"`
  };
  struct Named {
    uint32_t index;
    std::string text;  // `"engagement":`
  };

  void AppendRules(const std::vector<NamedRule>& rules, std::string_view field, PlanRun* run,
                   std::string* out);
  void AppendScores(PlanRun* run, std::string* out);
  void AppendOutputs(PlanRun* run, std::string* out) const;
  void AppendMissing(const MissingMetrics& missing, std::string* out) const;
  // Everything, which has the names of what is missing; made for those accounts only that need it.
  const Evaluation& Full(PlanRun* run);

  const CheckedRuleSet& rules_;
  bool all_;
  std::vector<NamedRule> active_;
  std::vector<NamedRule> shadow_;
  std::vector<Named> scorecards_;
  std::vector<Named> outputs_;
  std::optional<Evaluation> full_;  // of the account
};

}  // namespace pql

#endif  // TOOLS_PQL_EVALUATION_TEXT_H_
