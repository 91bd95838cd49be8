// Prints evaluations: the same for those made offline and those that a server made.
//
// An evaluation is the protobuf JSON mapping of pql.v1.AccountEvaluation
// (proto/pql/v1/evaluation.proto); the fields may come in any order and are printed in the order of
// the contract.  A new format is one function and one line in evaluation_renderer.cc.  Not
// thread-safe.

#ifndef TOOLS_PQL_EVALUATION_RENDERER_H_
#define TOOLS_PQL_EVALUATION_RENDERER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/pql/json_text.h"

namespace pql {

struct RenderOptions {
  bool color = false;
  // Whether `human` may use other characters than ASCII.
  bool utf8 = false;
  // One account was asked for: `json` prints its evaluation alone, `human` a block in place of a
  // line.
  bool single = false;
  // Rules that are not qualified are shown too.
  bool all = false;
  // What the columns of `csv` are: names in order, as the rule set declares them.
  std::vector<std::string> rules;
  std::vector<std::string> scored_rules;  // those of `rules` that declare a score
  std::vector<std::string> scorecards;
  std::vector<std::string> outputs;
};

class EvaluationRenderer {
 public:
  virtual ~EvaluationRenderer() = default;
  virtual void Begin() {}
  // Prints one evaluation.  For `human` it should hold all rules (WantsAllRules).
  virtual void Add(const Json& evaluation) = 0;
  virtual void End() {}
};

// "human", "json", "jsonl", "csv", "summary" (which prints no accounts at all).
std::vector<std::string> EvaluationFormats();
// Whether the renderer of the format chooses itself what to show of all rules.
bool WantsAllRules(std::string_view format, const RenderOptions& options);
// REQUIRES: one of EvaluationFormats(); `out` outlives the renderer.
std::unique_ptr<EvaluationRenderer> MakeEvaluationRenderer(std::string_view format,
                                                           const RenderOptions& options,
                                                           std::ostream* out);

// Counts outcomes for the summary that closes a run over many accounts.
class OutcomeSummary {
 public:
  // Active rules of an evaluation that was made for all rules.
  void Count(std::string_view rule, std::string_view outcome, uint64_t times = 1);
  void CountAccount(uint64_t times = 1) { accounts_ += times; }
  void CountSkipped(uint64_t times = 1) { skipped_ += times; }
  // The table, a line a rule in order of first appearance, and the totals.
  void Print(bool color, std::ostream* out) const;

 private:
  struct Counts {
    std::string rule;
    uint64_t qualified = 0;
    uint64_t not_qualified = 0;
    uint64_t unknown = 0;
  };
  std::vector<Counts> rules_;
  size_t next_ = 0;  // index into rules_
  uint64_t accounts_ = 0;
  uint64_t skipped_ = 0;
};

}  // namespace pql

#endif  // TOOLS_PQL_EVALUATION_RENDERER_H_
