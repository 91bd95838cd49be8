#include "checker/test_checker.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "ast/rule_file.h"
#include "base/strings.h"
#include "checker/dependency_graph.h"
#include "checker/literal_checker.h"
#include "checker/literals.h"

namespace pql {
namespace {

bool IsNow(const Expression& expression) {
  return expression.kind == Expression::Kind::kName && expression.name == "now";
}

LiteralPlace PlaceOfGiven(const Metric& metric) {
  const std::string target = StrCat("`", metric.name, "`");
  return {.what = StrCat("the value given for ", target),
          .target = target,
          .type = metric.type,
          .minus_allowed = true};
}

}  // namespace

TestChecker::TestChecker(const CheckedRuleSet& rule_set, const Scope& scope,
                         ExpressionChecker* checker)
    : rule_set_(rule_set), scope_(scope), checker_(checker) {
  for (const Rule& rule : rule_set.rules) {
    if (rule.stage && rule.mode == RuleMode::kActive && rule.reads_clock) {
      stage_reads_clock_ = true;
    }
  }
}

Test TestChecker::Check(const Declared<TestSyntax>& declared) {
  const TestSyntax& syntax = *declared.syntax;
  Test test;
  test.name = syntax.name.text;
  test.name_range = syntax.name.range;
  test.range = declared.range;
  if (syntax.at != nullptr) {
    const std::optional<Value> at = CheckLiteralAt(
        {.what = "`at`", .target = "`at`", .type = Type::Timestamp()}, *syntax.at, checker_);
    if (at && at->IsTimestamp()) test.at = at->timestamp();
  }
  CheckGiven(syntax, &test);
  CheckPreviously(syntax, &test);
  checker_->set_stage_allowed(true);
  for (const ExpressionPtr& expect : syntax.expects) {
    if (expect == nullptr) continue;
    test.expects.push_back(checker_->CheckCondition(*expect));
    test.reads_clock = test.reads_clock || ReadsClock(*expect);
  }
  checker_->set_stage_allowed(false);
  return test;
}

void TestChecker::CheckGiven(const TestSyntax& syntax, Test* test) {
  std::unordered_map<std::string_view, SourceRange> seen;
  for (const GivenSyntax& each : syntax.given) {
    const NameSyntax& name = each.metric;
    if (name.text.empty()) continue;
    const auto [entry, is_first] = seen.emplace(name.text, name.range);
    if (!is_first) {
      Diagnostic& finding =
          findings().Add(DiagnosticKind::kDuplicateGiven, name.range, {name.text});
      finding.hint = "an account has one value of it";
      finding.related.push_back({entry->second, "first given here"});
    }
    const std::optional<Symbol> symbol = scope_.Find(name.text);
    if (!symbol.has_value() || symbol->kind != Symbol::Kind::kMetric) {
      if (symbol.has_value() && symbol->doubtful) continue;
      if (symbol.has_value()) {
        Diagnostic& finding = findings().Add(DiagnosticKind::kGivenNotAMetric, name.range,
                                             {name.text, scope_.Describe(*symbol)});
        finding.hint = "give the metrics that it is computed from";
        finding.related.push_back({scope_.NameRange(*symbol), "declared here"});
      } else {
        const Guess nearest = scope_.Nearest(name.text, Symbol::Kind::kMetric);
        if (nearest.empty() && !findings().IsFirstMention(name.text)) continue;
        Diagnostic& finding =
            findings().Add(DiagnosticKind::kUnknownMetric, name.range, {name.text});
        Suggest(nearest, QuoteName(nearest.word), name.range, "only declared metrics can be given",
                &finding);
      }
      continue;
    }
    if (each.value == nullptr) continue;
    Metric metric = rule_set_.metrics[symbol->index];
    metric.type = scope_.TypeOf(*symbol);
    Given given{.metric = symbol->index, .range = name.range.To(each.value->range)};
    if (CheckRelative(metric, each, &given)) {
      test->reads_clock = true;
    } else if (auto value = CheckLiteralAt(PlaceOfGiven(metric), *each.value, checker_)) {
      given.value = *std::move(value);
    }
    test->given.push_back(std::move(given));
  }
}

bool TestChecker::CheckRelative(const Metric& metric, const GivenSyntax& syntax, Given* given) {
  const Expression& value = *syntax.value;
  if (!MentionsClock(value)) return false;
  const TypedExpression typed = checker_->Check(value);
  if (typed.type.IsUnknown()) return true;
  const LiteralPlace place = PlaceOfGiven(metric);
  if (!place.type.IsUnknown() && place.type.kind() != Type::Kind::kTimestamp) {
    findings()
        .Add(DiagnosticKind::kWrongLiteral, value.range,
             {place.what, place.type.Describe(), typed.type.Describe()})
        .hint = StrCat("for instance `", ExampleLiteral(place.type), "`");
    return true;
  }
  const bool moved = (value.Is(Operator::kAdd) || value.Is(Operator::kSubtract)) &&
                     IsNow(*value.children[0]) &&
                     value.children[1]->kind == Expression::Kind::kLiteral;
  if (moved) {
    const int64_t micros = value.children[1]->literal.micros;
    given->from_now = Duration{value.Is(Operator::kAdd) ? micros : -micros};
  } else if (IsNow(value)) {
    given->from_now = Duration{0};
  } else {
    findings().Add(DiagnosticKind::kNotALiteral, value.range, {place.what}).hint =
        "for instance `now - 3d` or `2026-03-01`";
  }
  return true;
}

void TestChecker::CheckPreviously(const TestSyntax& syntax, Test* test) {
  for (const NameSyntax& name : syntax.previously) {
    if (name.text.empty()) continue;
    const std::optional<Symbol> symbol = scope_.Find(name.text);
    if (symbol.has_value() && symbol->kind == Symbol::Kind::kRule) {
      test->previously.push_back(symbol->index);
      continue;
    }
    if (symbol.has_value() && symbol->doubtful) continue;
    Diagnostic& finding = findings().Add(DiagnosticKind::kUnknownRule, name.range, {name.text});
    if (symbol.has_value()) {
      finding.hint = StrCat("it is ", scope_.Describe(*symbol), "; `previously` takes rules");
      finding.related.push_back({scope_.NameRange(*symbol), "declared here"});
      continue;
    }
    const Guess nearest = scope_.Nearest(name.text, Symbol::Kind::kRule);
    Suggest(nearest, QuoteName(nearest.word), name.range,
            "`previously` takes the names of rules that already hold the account", &finding);
  }
}

bool TestChecker::ReadsClock(const Expression& expect) const {
  if (MentionsClock(expect)) return true;
  bool reads = false;
  WalkExpression(expect, [&](const Expression& node) {
    if (node.kind != Expression::Kind::kName) return;
    if (node.name == "stage") reads = reads || stage_reads_clock_;
    const std::optional<Symbol> symbol = scope_.Find(node.name);
    reads = reads || (symbol.has_value() && ReadsClock(*symbol));
  });
  return reads;
}

bool TestChecker::ReadsClock(const Symbol& symbol) const {
  switch (symbol.kind) {
    case Symbol::Kind::kMetric:
      return false;
    case Symbol::Kind::kDefine:
      return rule_set_.defines[symbol.index].reads_clock;
    case Symbol::Kind::kScorecard:
      return rule_set_.scorecards[symbol.index].reads_clock;
    case Symbol::Kind::kRule:
      return rule_set_.rules[symbol.index].reads_clock;
  }
  return false;
}

}  // namespace pql
