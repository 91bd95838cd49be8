// What a lint check is, and what it is given.
//
// A check looks at a rule set without errors and reports findings of one kind.  It is a function in
// a file of its own in checks/, a line in all_checks.cc, a row in the diagnostic table and a file
// of golden cases, one that fires and one that stays silent.  A check never looks at `allow`: that
// is the linter's task.

#ifndef PQL_LINT_CHECK_H_
#define PQL_LINT_CHECK_H_

#include <cstddef>
#include <memory>
#include <span>
#include <typeindex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "diagnostics/diagnostic.h"
#include "lint/linter.h"
#include "ruleset/rule_set.h"

namespace pql {

// One run over one rule set.  Keeps references to its arguments, which must outlive it.
// Thread-compatible.
class LintContext {
 public:
  // REQUIRES: the rule set compiled without errors.
  LintContext(const RuleSet& rule_set, const LintOptions& options)
      : rule_set_(rule_set), options_(options) {}
  LintContext(const LintContext&) = delete;
  LintContext& operator=(const LintContext&) = delete;

  const RuleSet& rule_set() const { return rule_set_; }
  const CheckedRuleSet& checked() const { return rule_set_.checked; }
  const LintOptions& options() const { return options_; }

  // The returned reference is valid until the next Report; set hint, related and fix through it.
  Diagnostic& Report(DiagnosticKind kind, SourceRange range,
                     std::vector<DiagnosticArgument> arguments = {});

  // What several checks work with, made of the rule set when it is first asked for:
  // `context.Shared<MetricUses>()` is a `MetricUses(const RuleSet&)`.
  template <typename T>
  const T& Shared() {
    std::shared_ptr<const void>& slot = shared_[std::type_index(typeid(T))];
    if (slot == nullptr) slot = std::make_shared<const T>(rule_set_);
    return *static_cast<const T*>(slot.get());
  }

  // What was reported so far, in the order of the reports.
  std::vector<Diagnostic> Take() { return std::exchange(findings_, {}); }

 private:
  const RuleSet& rule_set_;
  const LintOptions& options_;
  std::vector<Diagnostic> findings_;
  std::unordered_map<std::type_index, std::shared_ptr<const void>> shared_;
};

struct LintCheck {
  DiagnosticKind kind;  // of its findings
  void (*run)(LintContext* context);
};

// In order of code.
std::span<const LintCheck> AllLintChecks();

}  // namespace pql

#endif  // PQL_LINT_CHECK_H_
