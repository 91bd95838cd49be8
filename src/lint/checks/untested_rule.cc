// untested-rule: a rule that no test expects anything about.
//
// A test is about the rules that its `expect`s name, those that these depend on, and, where it
// expects a stage by name, the rules that give this stage.

#include <set>
#include <string>
#include <vector>

#include "base/strings.h"
#include "lint/all_checks.h"
#include "lint/expressions.h"

namespace pql {
namespace {

class TestedRules {
 public:
  explicit TestedRules(const RuleSet& rule_set)
      : checked_(rule_set.checked),
        rules_(checked_.rules.size()),
        defines_(checked_.defines.size()),
        scorecards_(checked_.scorecards.size()) {
    ForEachExpectation(checked_, [this](const TypedExpression& expect) { VisitExpect(expect); });
    while (!pending_.empty()) {
      const Item item = pending_.back();
      pending_.pop_back();
      ForEachCondition(checked_, item, [this](const TypedExpression& root) { Visit(root); });
    }
  }

  bool Has(uint32_t rule) const { return rules_[rule]; }

 private:
  void VisitExpect(const TypedExpression& expect) {
    Visit(expect);
    bool names_stage = false;
    std::set<std::string> texts;
    WalkTyped(expect, [&](const TypedExpression& node) {
      names_stage = names_stage || node.kind == TypedExpression::Kind::kStage;
      if (node.kind == TypedExpression::Kind::kConstant && node.constant.IsString()) {
        texts.insert(node.constant.string());
      }
    });
    if (!names_stage || texts.empty()) return;
    for (uint32_t i = 0; i < rules_.size(); ++i) {
      const Rule& rule = checked_.rules[i];
      if (rule.mode == RuleMode::kActive && rule.stage &&
          texts.contains(checked_.stages[*rule.stage])) {
        Add({Item::Kind::kRule, i});
      }
    }
  }

  void Visit(const TypedExpression& expression) {
    WalkTyped(expression, [this](const TypedExpression& node) {
      if (const std::optional<Item> item = ItemOf(node)) Add(*item);
    });
  }

  void Add(Item item) {
    std::vector<bool>& seen = item.kind == Item::Kind::kRule     ? rules_
                              : item.kind == Item::Kind::kDefine ? defines_
                                                                 : scorecards_;
    if (seen[item.index]) return;
    seen[item.index] = true;
    pending_.push_back(item);
  }

  const CheckedRuleSet& checked_;
  std::vector<bool> rules_;
  std::vector<bool> defines_;
  std::vector<bool> scorecards_;
  std::vector<Item> pending_;
};

}  // namespace

void CheckUntestedRule(LintContext* context) {
  const TestedRules& tested = context->Shared<TestedRules>();
  const CheckedRuleSet& checked = context->checked();
  for (uint32_t i = 0; i < checked.rules.size(); ++i) {
    const Rule& rule = checked.rules[i];
    if (rule.mode == RuleMode::kDraft || tested.Has(i)) continue;
    context->Report(DiagnosticKind::kUntestedRule, rule.name_range, {rule.name}).hint =
        StrCat("write a test with `expect ", QuoteName(rule.name), "`, and one with `expect not ",
               QuoteName(rule.name), "`");
  }
}

}  // namespace pql
