// The short way from the bytes of an account to those of its evaluation: read into the slots of the
// rule set's plan, evaluated there, written as bytes.  It answers all but explanations and what
// else is searched for, for accounts as encoders write them; for the rest there are the generated
// messages (message_evaluation.h), whose answers it must equal.
//
// Keeps the memory of evaluations for one thread.  Not thread-safe.

#ifndef PQL_SERVICE_DIRECT_EVALUATION_H_
#define PQL_SERVICE_DIRECT_EVALUATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/evaluation.h"
#include "engine/rule_set_telemetry.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/match_run.h"
#include "service/account_reader.h"

namespace pql {

class DirectEvaluation {
 public:
  // `engine` outlives it.
  explicit DirectEvaluation(Engine* engine) : engine_(engine) {}
  DirectEvaluation(const DirectEvaluation&) = delete;
  DirectEvaluation& operator=(const DirectEvaluation&) = delete;

  // Begins a call.  `strict`: undeclared metrics are an error.  REQUIRES: `session`, which outlives
  // the call, wants no details.
  void Begin(const EvaluationSession& session, bool strict);
  // Appends the v1.AccountEvaluation of the v1.Account in `account` to `*out`, behind `tag` and its
  // length.  False, and nothing is appended: the account is not for this way, or wrong.
  bool Evaluate(std::string_view account, uint32_t tag, std::string* out);
  // Counts what was evaluated since Begin, which is going to be the answer.
  void Count();

  // Lets go of the rule sets that are no longer in force, which it would else keep until they are
  // evaluated again.
  void Tidy();

 private:
  // Of one version of a rule set.
  struct Workplace {
    Workplace(const Limits& limits, std::shared_ptr<const RuleSet> kept)
        : rule_set(std::move(kept)),
          run(rule_set->match_runs->Take()),
          reader(limits, *rule_set->plan),
          accounts(rule_set->plan->layout()) {}
    ~Workplace() { rule_set->match_runs->GiveBack(std::move(run)); }
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;

    const std::shared_ptr<const RuleSet> rule_set;
    std::unique_ptr<MatchRun> run;
    AccountReader reader;
    BoundAccounts accounts;
  };

  Workplace* WorkplaceOf(const EvaluationSession& session);
  void TidyBy(const Snapshot& snapshot);
  void CountOutcome(uint32_t rule, uint64_t RuleOutcomes::*outcome);
  // Evaluate, count and write account_: the rules that qualify, or all.
  void AnswerMatches(const BoundAccount& account);
  void AnswerAll(const BoundAccount& account);
  // Append to account_.
  void WriteHead(std::optional<uint32_t> stage);
  void WriteMatches(const AccountMatches& matches, RuleMode mode, int field);
  void WriteAll(const Evaluation& evaluation, RuleMode mode, int field);
  void WriteRule(int field, uint32_t rule, Outcome outcome, std::optional<double> score,
                 const MissingMetrics& missing);
  void WriteScores(const Evaluation& answers);
  void WriteOutputs(const Evaluation& answers);

  Engine* const engine_;
  std::vector<std::unique_ptr<Workplace>> workplaces_;  // few; the one of the last call first
  // Of the call.
  const EvaluationSession* session_ = nullptr;
  bool strict_ = false;
  Workplace* workplace_ = nullptr;
  // Of the call, to be counted: outcomes by rule, and of which rules there are any.
  uint64_t evaluated_ = 0;
  std::vector<RuleOutcomes> outcomes_;
  std::vector<uint32_t> counted_rules_;
  std::vector<std::string_view> unknown_metrics_;
  std::string account_;  // the evaluation that is being written
  std::string part_;     // of it
};

}  // namespace pql

#endif  // PQL_SERVICE_DIRECT_EVALUATION_H_
