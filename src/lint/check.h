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
#include <type_traits>
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

  // What several checks work with, made when it is first asked for, of the rule set or of its
  // checked form: `context->Shared<ConditionSpace>()`.
  template <typename T>
  T& Shared() {
    std::shared_ptr<void>& slot = shared_[std::type_index{typeid(T)}];
    if (slot == nullptr) {
      if constexpr (std::is_constructible_v<T, const RuleSet&>) {
        slot = std::make_shared<T>(rule_set_);
      } else {
        slot = std::make_shared<T>(rule_set_.checked);
      }
    }
    return *static_cast<T*>(slot.get());
  }

  // What was reported so far, in the order of the reports.
  std::vector<Diagnostic> Take() { return std::exchange(findings_, {}); }

 private:
  const RuleSet& rule_set_;
  const LintOptions& options_;
  std::vector<Diagnostic> findings_;
  std::unordered_map<std::type_index, std::shared_ptr<void>> shared_;
};

struct LintCheck {
  DiagnosticKind kind;  // of its findings
  void (*run)(LintContext* context);
};

// In order of code.
std::span<const LintCheck> AllLintChecks();

}  // namespace pql

#endif  // PQL_LINT_CHECK_H_
