// The short way from the bytes of an account to those of its evaluation: read into the slots of the
// rule set's plan, matched there, written as bytes.  It answers what most calls ask, which rules
// qualify, for accounts as encoders write them; for the rest there are the generated messages
// (message_evaluation.h), whose answers it must equal.
//
// Keeps the memory of evaluations for one thread.  Not thread-safe.

#ifndef PQL_SERVICE_DIRECT_EVALUATION_H_
#define PQL_SERVICE_DIRECT_EVALUATION_H_

#include <cstdint>
#include <memory>
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
  explicit DirectEvaluation(Engine* engine) : engine_(engine), reader_(engine->limits()) {}
  DirectEvaluation(const DirectEvaluation&) = delete;
  DirectEvaluation& operator=(const DirectEvaluation&) = delete;

  // Begins a call.  `strict`: undeclared metrics are an error.  REQUIRES: `session`, which outlives
  // the call, wants matches only.
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
    explicit Workplace(std::shared_ptr<const RuleSet> kept)
        : rule_set(std::move(kept)),
          run(rule_set->match_runs->Take()),
          accounts(rule_set->plan->layout()) {}
    ~Workplace() { rule_set->match_runs->GiveBack(std::move(run)); }
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;

    const std::shared_ptr<const RuleSet> rule_set;
    std::unique_ptr<MatchRun> run;
    BoundAccounts accounts;
  };

  Workplace* WorkplaceOf(const EvaluationSession& session);
  void TidyBy(const Snapshot& snapshot);
  void CountOutcomes(const AccountMatches& matches);
  // Write account_.
  void WriteAccount(const AccountMatches& matches);
  void WriteRules(const AccountMatches& matches, RuleMode mode, int field);
  void WriteScores(const Evaluation& answers);
  void WriteOutputs(const Evaluation& answers);

  Engine* const engine_;
  AccountReader reader_;
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
