// The checker on whatever the parser made of any bytes: it gives the same result twice, and a rule
// set that it admits has no error node, orders everything, and can be evaluated, with one outcome.

#include <vector>

#include "diagnostics/render.h"
#include "eval/interpreter.h"
#include "ruleset/rule_set.h"
#include "tests/fuzz/fuzz_target.h"

namespace pql {
namespace {

using fuzz::Require;

constexpr int64_t kNow = 1'772'323'200'000'000;  // 2026-03-01

void RequireNoErrorNode(const TypedExpression& root, std::string_view text) {
  WalkTyped(root, [text](const TypedExpression& node) {
    Require(node.kind != TypedExpression::Kind::kError, "no error node without a finding", text);
    Require(!node.type.IsUnknown(), "every expression of a good rule set has a type", text);
  });
}

void RequireNoErrorNodes(const CheckedRuleSet& checked, std::string_view text) {
  for (const Define& define : checked.defines) RequireNoErrorNode(define.value, text);
  for (const Rule& rule : checked.rules) {
    RequireNoErrorNode(rule.when, text);
    for (const auto* part : {&rule.unless, &rule.keep_while, &rule.score}) {
      if (*part) RequireNoErrorNode(**part, text);
    }
  }
  for (const Scorecard& scorecard : checked.scorecards) {
    for (const ScorecardLine& line : scorecard.lines) {
      Require(line.condition.has_value() != line.per_value.has_value(),
              "a line has a condition or a value", text);
      RequireNoErrorNode(line.condition ? *line.condition : *line.per_value, text);
    }
  }
  for (const Test& test : checked.tests) {
    for (const TypedExpression& expect : test.expects) RequireNoErrorNode(expect, text);
  }
}

void EvaluateTwice(const CheckedRuleSet& checked, std::string_view text) {
  const Account account(checked);
  const EvaluationInput input{&account, Timestamp{kNow}, {}};
  const Evaluation first = Evaluate(checked, input);
  const Evaluation second = Evaluate(checked, input);
  for (size_t i = 0; i < first.rules.size(); ++i) {
    Require(first.rules[i].outcome == second.rules[i].outcome, "evaluation is deterministic", text);
  }
  for (size_t i = 0; i < first.defines.size(); ++i) {
    Require(first.defines[i].value == second.defines[i].value, "evaluation is deterministic", text);
    Require(first.defines[i].value.Fits(checked.defines[i].value.type),
            "a value is of its expression's type", text);
  }
}

void CheckTwice(const std::string& text) {
  const CompileResult first = CompileRuleSet("fuzz", {{"rules.pql", text}});
  const CompileResult second = CompileRuleSet("fuzz", {{"rules.pql", text}});
  const auto findings = [](const CompileResult& result) {
    return RenderJson(result.rule_set->sources, result.diagnostics, result.dropped);
  };
  Require(findings(first) == findings(second), "the checker is deterministic", text);
  if (!first.ok()) return;
  const CheckedRuleSet& checked = first.rule_set->checked;
  Require(checked.evaluation_order == second.rule_set->checked.evaluation_order,
          "the order of evaluation is deterministic", text);
  Require(checked.evaluation_order.size() ==
              checked.defines.size() + checked.scorecards.size() + checked.rules.size(),
          "everything is evaluated once", text);
  RequireNoErrorNodes(checked, text);
  EvaluateTwice(checked, text);
}

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pql::CheckTwice(pql::fuzz::TextOf(data, size));
  return 0;
}
