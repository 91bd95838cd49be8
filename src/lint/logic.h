// What the logic checks see of a rule set: its conditions part by part, what each part comes to,
// and how it is written.
//
// Keeps references to its arguments.  Not thread-safe.

#ifndef PQL_LINT_LOGIC_H_
#define PQL_LINT_LOGIC_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "diagnostics/diagnostic.h"
#include "language/checked_rule_set.h"
#include "lint/reasoning/condition_space.h"
#include "ruleset/rule_set.h"

namespace pql {

// A condition that stands on its own, or a value that may have conditions in it.
struct RootCondition {
  enum class Part : uint8_t { kDefine, kScorecardLine, kWhen, kUnless, kKeepWhile, kScore };
  Part part = Part::kDefine;
  uint32_t index = 0;  // of the define, scorecard or rule
  const TypedExpression* expression = nullptr;
};
// Draft rules are left out: they are not in force yet.
std::vector<RootCondition> RootConditions(const CheckedRuleSet& checked);

// Whether the expression is the name of something whose condition is looked at where it is
// declared.
bool IsName(const TypedExpression& expression);
bool IsLiteral(const TypedExpression& expression);

// Calls `visit(part)` for the condition and its parts that are conditions, parents first, also
// those of an `if` within a number; goes below a part only where `visit` returns true.  The truth
// values that an `if` chooses from are no conditions, nor is what a define is set to as a switch.
void WalkConditions(const RootCondition& root,
                    const std::function<bool(const TypedExpression& part)>& visit);

// The fewest of the parts whose conjunction (disjunction) is never true (never false), by taking
// away what is not needed for it.  REQUIRES: that of all parts is.
std::vector<const TypedExpression*> CoreOf(const TypedExpression& connective,
                                           ConditionSpace* space);

// An operand of an `and` or `or` without which nothing changes: the condition that it is part of is
// true, false and undecided for the same accounts.
struct RedundantPart {
  const TypedExpression* parent = nullptr;
  size_t operand = 0;
  // A part of the same condition that alone makes it so, where there is one.
  const TypedExpression* because = nullptr;
};
// Each is redundant with those before it in the list gone as well.
std::vector<RedundantPart> FindRedundantParts(const RootCondition& root, ConditionSpace* space);

struct RulePair {
  uint32_t rule = 0;   // the one that could go
  uint32_t other = 0;  // the one because of which
};
// Of rules of the same mode that give the same stage, or none: those that are true, false and
// undecided for the same accounts as one that comes before them in the source.
std::vector<RulePair> FindDuplicateRules(const CheckedRuleSet& checked, ConditionSpace* space);
// Of active rules that give the same stage: those whose accounts all qualify for another as well.
// Not those that the other names: it was written to take them in.
std::vector<RulePair> FindSubsumedRules(const CheckedRuleSet& checked, ConditionSpace* space);

// Of a comparison of a scorecard with something: "`fit` is between 0 and 100".  Else empty.
std::string DescribeScorecardRange(const CheckedRuleSet& checked, const TypedExpression& part,
                                   ConditionSpace* space);

// As it stands in the source, on one line, shortened.
std::string TextOf(const RuleSet& rule_set, const TypedExpression& expression);

// Takes the operand of an `and` or `or` out of the source; nothing where that would take a comment
// with it.
std::optional<Fix> RemovalOf(const RuleSet& rule_set, const TypedExpression& parent,
                             size_t operand);

}  // namespace pql

#endif  // PQL_LINT_LOGIC_H_
