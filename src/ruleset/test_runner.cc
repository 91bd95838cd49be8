#include "ruleset/test_runner.h"

#include <utility>

namespace pql {
namespace {

// In backticks, once.
std::string Quoted(std::string_view name) {
  const std::string quoted = QuoteName(name);
  return quoted.starts_with('`') ? quoted : StrCat("`", quoted, "`");
}

// What an `expect` saw instead of true, in words.  The commonest forms, a rule and the absence of
// one, are named as such.
std::string DescribeFailure(const CheckedRuleSet& rule_set, const TypedExpression& expect,
                            const ExpectFailure& failure) {
  const auto rule_name = [&rule_set](const TypedExpression& node) {
    return Quoted(rule_set.rules[node.index].name);
  };
  if (failure.seen.IsMissing()) {
    std::string metrics;
    for (const std::string& name : failure.missing) {
      StrAppend(&metrics, metrics.empty() ? "" : ", ", Quoted(name));
    }
    const std::string because =
        metrics.empty() ? "" : StrCat(" because nothing is given for ", metrics);
    if (expect.kind == TypedExpression::Kind::kRule) {
      return StrCat("expected ", rule_name(expect), " to qualify, but it is undecided", because);
    }
    return StrCat("expected this to be true, but it is undecided", because);
  }
  if (expect.kind == TypedExpression::Kind::kRule) {
    return StrCat("expected ", rule_name(expect), " to qualify, but it does not");
  }
  if (expect.Is(Operator::kNot) && expect.children[0].kind == TypedExpression::Kind::kRule) {
    return StrCat("expected ", rule_name(expect.children[0]), " not to qualify, but it does");
  }
  return "expected this to be true, but it is false";
}

}  // namespace

TestInput::TestInput(const CheckedRuleSet& rule_set, const Test& test) : account(rule_set) {
  input.account = &account;
  input.now = test.at.value_or(Timestamp{});
  for (const Given& given : test.given) {
    Value value = given.value;
    if (given.from_now.has_value()) {
      int64_t micros = 0;
      const bool overflow =
          __builtin_add_overflow(input.now.micros, given.from_now->micros, &micros);
      value = overflow ? Value::Missing() : Value::Time(Timestamp{micros});
    }
    account.Set(given.metric, std::move(value));
  }
  if (!test.previously.empty()) input.held.resize(rule_set.rules.size());
  for (const uint32_t rule : test.previously) input.held[rule] = true;
}

bool CanRun(const Test& test) { return !test.reads_clock || test.at.has_value(); }

TestResult RunTest(const CheckedRuleSet& checked, uint32_t index) {
  const Test& test = checked.tests[index];
  TestResult result;
  result.test = index;
  if (!CanRun(test)) {
    result.error = "this test depends on the time, so it needs a clock: add `at 2026-03-01`";
    return result;
  }
  const TestInput given(checked, test);
  const Evaluation evaluation = Evaluate(checked, given.input);
  for (uint32_t i = 0; i < test.expects.size(); ++i) {
    const TypedExpression& expect = test.expects[i];
    const Result seen = EvaluateExpression(checked, expect, given.input, evaluation);
    if (seen.value.IsTrue()) continue;
    ExpectFailure failure;
    failure.expect = i;
    failure.range = expect.range;
    failure.seen = seen.value;
    for (const uint32_t metric : seen.missing) {
      failure.missing.push_back(checked.metrics[metric].name);
    }
    failure.message = DescribeFailure(checked, expect, failure);
    result.failures.push_back(std::move(failure));
  }
  return result;
}

std::vector<TestResult> RunTests(const RuleSet& rule_set,
                                 const std::function<bool(const std::string& name)>& selects) {
  std::vector<TestResult> results;
  for (uint32_t i = 0; i < rule_set.checked.tests.size(); ++i) {
    if (!selects || selects(rule_set.checked.tests[i].name)) {
      results.push_back(RunTest(rule_set, i));
    }
  }
  return results;
}

}  // namespace pql
