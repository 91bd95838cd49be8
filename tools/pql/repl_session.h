// What `pql repl` does with each thing that is typed: conditions and other expressions are
// evaluated and explained, `messages = 2500` sets a metric, declarations extend the rule set, `:`
// begins a command.  No mistake ends a session.
//
// Keeps a reference to the console.  Not thread-safe.

#ifndef TOOLS_PQL_REPL_SESSION_H_
#define TOOLS_PQL_REPL_SESSION_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "eval/interpreter.h"
#include "ruleset/rule_set.h"
#include "tools/pql/console.h"
#include "tools/pql/explanation_text.h"

namespace pql {

class ReplSession {
 public:
  // REQUIRES: the rule set has no error.
  ReplSession(std::shared_ptr<const RuleSet> rule_set, Console* console);

  // Handles one complete input.  False: the session is over.
  bool Handle(std::string_view input);
  // Whether a bracket of the input is still open, so that another line belongs to it.
  static bool WantsMore(std::string_view input);
  // What could stand in the place of `word`, which follows `before` on the line.
  std::vector<std::string> Completions(std::string_view before, std::string_view word) const;
  // How many inputs were mistakes.
  int mistakes() const { return mistakes_; }

 private:
  using Method = void (ReplSession::*)(const std::string& argument);
  struct ReplCommand {
    std::string_view name;
    std::string_view argument;  // "" when it takes none
    std::string_view help;
    Method method;
  };
  static const std::vector<ReplCommand>& Commands();

  // A text compiled together with the rule set, to be shown as `<input>`.
  CompileResult CompileWith(std::string text) const;
  void Run(std::string_view line);
  void Evaluate(const Expression& expression, const SourceSet& sources);
  void Assign(const std::string& text);
  void Declare(const std::string& text);

  void Help(const std::string&);
  void Load(const std::string& file);
  void SetTime(const std::string& text);
  void ShowMetrics(const std::string&);
  void ShowRules(const std::string&);
  void ExplainRule(const std::string& name);
  void SetHeld(const std::string& names);
  void ShowType(const std::string& text);
  void Forget(const std::string&);
  void Quit(const std::string&);

  // The typed expression, or nothing after its findings were shown.
  std::optional<TypedExpression> CheckExpression(const Expression& expression,
                                                 const SourceSet& sources);
  std::optional<uint32_t> FindRule(const std::string& name);  // or nothing, told
  // As in source, truth values in colour.
  std::string Shown(const Value& value) const;
  // ": needs plan, seats", or nothing.
  std::string Needs(const MissingMetrics& missing) const;
  ExplanationStyle Style() const;
  Account MakeAccount() const;
  EvaluationInput Input(const Account& account) const;
  bool IsDeclared(std::string_view name) const;
  void Adopt(std::shared_ptr<const RuleSet> rule_set);
  void Mistake(std::string_view message);
  void ShowFindings(const SourceSet& sources, const std::vector<Diagnostic>& findings,
                    size_t dropped);

  struct Declared {
    std::string name;  // empty: of `stages`
    std::string text;
  };

  std::shared_ptr<const RuleSet> rule_set_;
  std::vector<SourceText> base_;      // the rule set that the session began with
  std::vector<Declared> declared_;    // what was typed since, in order
  std::map<std::string, Value> set_;  // by metric
  std::set<std::string> held_;        // rules
  std::optional<Timestamp> at_;       // nothing: the clock
  Console* console_;
  int mistakes_ = 0;
  bool is_over_ = false;
};

}  // namespace pql

#endif  // TOOLS_PQL_REPL_SESSION_H_
