#include "parser/ast_builder.h"

#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace pql {

SourceRange AstBuilder::WordRange(const antlr4::ParserRuleContext* context) const {
  return tokens_->Range(TokenOf(context->start));
}

bool AstBuilder::FirstTime(std::string_view word, SourceRange range) {
  const auto [at, inserted] = seen_.emplace(word, range);
  if (inserted) return true;
  Diagnostic& finding = sink_->Add(DiagnosticKind::kDuplicateClause, range, {word});
  finding.related.push_back({at->second, "first given here"});
  return false;
}

Declaration AstBuilder::Build(Grammar::DeclarationContext* context) {
  Declaration declaration;
  declaration.range = expressions_.RangeOf(context);
  if (auto* metric = context->metric()) {
    declaration.body = BuildMetric(metric);
  } else if (auto* define = context->define()) {
    declaration.body = DefineSyntax{false, expressions_.BuildName(define->name()),
                                    expressions_.Build(define->expression())};
  } else if (auto* output = context->output()) {
    declaration.body = DefineSyntax{true, expressions_.BuildName(output->name()),
                                    expressions_.Build(output->expression())};
  } else if (auto* scorecard = context->scorecard()) {
    ScorecardSyntax syntax = BuildScorecardHeader(scorecard);
    for (auto* line : scorecard->scorecardLine()) Add(line, &syntax);
    declaration.body = std::move(syntax);
  } else if (auto* stages = context->stages()) {
    StagesSyntax syntax;
    for (auto* name : stages->name()) syntax.stages.push_back(expressions_.BuildName(name));
    declaration.body = std::move(syntax);
  } else if (auto* rule = context->ruleDeclaration()) {
    RuleSyntax syntax = BuildRuleHeader(rule);
    for (auto* clause : rule->ruleClause()) Add(clause, &syntax);
    Demand(syntax);
    declaration.body = std::move(syntax);
  } else if (auto* test = context->test()) {
    TestSyntax syntax = BuildTestHeader(test);
    for (auto* clause : test->testClause()) Add(clause, &syntax);
    Demand(syntax);
    declaration.body = std::move(syntax);
  }
  return declaration;
}

MetricSyntax AstBuilder::BuildMetric(Grammar::MetricContext* context) {
  MetricSyntax metric;
  metric.name = expressions_.BuildName(context->name());
  metric.type = BuildType(context->type());
  for (auto* option : context->metricOption()) Add(option, &metric);
  return metric;
}

TypeSyntax AstBuilder::BuildType(Grammar::TypeContext* context) {
  TypeSyntax type;
  type.range = expressions_.RangeOf(context);
  if (context->ONE() != nullptr) {
    type.name = "one of";
    for (auto* option : context->string()) type.options.push_back(expressions_.BuildText(option));
    return type;
  }
  const NameSyntax name = expressions_.BuildName(context->name());
  if (context->LIST() != nullptr) {
    if (!name.text.empty()) type.name = "list";
    type.element = name.text;
    type.element_range = name.range;
  } else {
    type.name = name.text;
  }
  return type;
}

void AstBuilder::Add(Grammar::MetricOptionContext* context, MetricSyntax* metric) {
  const SourceRange range = WordRange(context);
  if (auto* unit = dynamic_cast<Grammar::UnitOptionContext*>(context)) {
    if (FirstTime("unit", range)) metric->unit = expressions_.BuildName(unit->name());
  } else if (auto* value = dynamic_cast<Grammar::DefaultOptionContext*>(context)) {
    if (FirstTime("default", range)) {
      metric->default_value = expressions_.Build(value->expression());
    }
  } else if (auto* kind = dynamic_cast<Grammar::KindOptionContext*>(context)) {
    if (FirstTime("kind", range)) metric->kind = expressions_.BuildName(kind->name());
  } else if (auto* doc = dynamic_cast<Grammar::DocOptionContext*>(context)) {
    if (FirstTime("\"doc\"", range)) metric->doc = expressions_.BuildText(doc->string());
  }
}

ScorecardSyntax AstBuilder::BuildScorecardHeader(Grammar::ScorecardContext* context) {
  ScorecardSyntax scorecard;
  scorecard.name = expressions_.BuildName(context->name());
  for (auto* option : context->scorecardOption()) Add(option, &scorecard);
  return scorecard;
}

void AstBuilder::Add(Grammar::ScorecardOptionContext* context, ScorecardSyntax* scorecard) {
  const SourceRange range = WordRange(context);
  if (auto* title = dynamic_cast<Grammar::TitleOptionContext*>(context)) {
    if (FirstTime("\"title\"", range)) scorecard->title = expressions_.BuildText(title->string());
  } else if (auto* cap = dynamic_cast<Grammar::CapOptionContext*>(context)) {
    if (FirstTime("cap", range)) scorecard->cap = expressions_.Build(cap->expression());
  } else if (auto* floor = dynamic_cast<Grammar::FloorOptionContext*>(context)) {
    if (FirstTime("floor", range)) scorecard->floor = expressions_.Build(floor->expression());
  }
}

void AstBuilder::Add(Grammar::ScorecardLineContext* context, ScorecardSyntax* scorecard) {
  ScorecardLineSyntax line;
  line.range = expressions_.RangeOf(context);
  line.subtract = context->SUBTRACT() != nullptr;
  line.points = expressions_.Build(context->points);
  if (context->condition_ != nullptr) {
    line.condition = expressions_.Build(context->condition_);
  } else {
    line.per = expressions_.Build(context->per);
    line.of = expressions_.Build(context->of);
    if (context->upTo != nullptr) line.up_to = expressions_.Build(context->upTo);
  }
  scorecard->lines.push_back(std::move(line));
}

RuleSyntax AstBuilder::BuildRuleHeader(Grammar::RuleDeclarationContext* context) {
  RuleSyntax rule;
  rule.name = expressions_.BuildName(context->name());
  return rule;
}

void AstBuilder::Add(Grammar::RuleClauseContext* context, RuleSyntax* rule) {
  const SourceRange range = WordRange(context);
  if (auto* title = dynamic_cast<Grammar::TitleClauseContext*>(context)) {
    if (FirstTime("title", range)) rule->title = expressions_.BuildText(title->string());
  } else if (auto* text = dynamic_cast<Grammar::DescriptionClauseContext*>(context)) {
    if (FirstTime("description", range)) rule->description = expressions_.BuildText(text->string());
  } else if (auto* owner = dynamic_cast<Grammar::OwnerClauseContext*>(context)) {
    if (FirstTime("owner", range)) rule->owner = expressions_.BuildText(owner->string());
  } else if (auto* tags = dynamic_cast<Grammar::TagsClauseContext*>(context)) {
    if (!FirstTime("tags", range)) return;
    for (auto* tag : tags->string()) rule->tags.push_back(expressions_.BuildText(tag));
  } else if (auto* stage = dynamic_cast<Grammar::StageClauseContext*>(context)) {
    if (FirstTime("stage", range)) rule->stage = expressions_.BuildName(stage->name());
  } else if (auto* mode = dynamic_cast<Grammar::ModeClauseContext*>(context)) {
    if (FirstTime("mode", range)) rule->mode = expressions_.BuildName(mode->name());
  } else if (auto* when = dynamic_cast<Grammar::WhenClauseContext*>(context)) {
    if (FirstTime("when", range)) rule->when = expressions_.Build(when->expression());
  } else if (auto* unless = dynamic_cast<Grammar::UnlessClauseContext*>(context)) {
    if (FirstTime("unless", range)) rule->unless = expressions_.Build(unless->expression());
  } else if (auto* keep = dynamic_cast<Grammar::KeepClauseContext*>(context)) {
    if (FirstTime("keep while", range)) rule->keep_while = expressions_.Build(keep->expression());
  } else if (auto* active = dynamic_cast<Grammar::ActiveClauseContext*>(context)) {
    if (!FirstTime("active", range)) return;
    if (active->from != nullptr) rule->active_from = expressions_.Build(active->from);
    if (active->until != nullptr) rule->active_until = expressions_.Build(active->until);
  } else if (auto* score = dynamic_cast<Grammar::ScoreClauseContext*>(context)) {
    if (FirstTime("score", range)) rule->score = expressions_.Build(score->expression());
  }
}

void AstBuilder::Demand(const RuleSyntax& rule) {
  if (rule.when != nullptr || seen_.contains("when")) return;
  sink_->Add(DiagnosticKind::kMissingClause, rule.name.range,
             {StrCat("rule `", rule.name.text, "`"), "when"});
}

TestSyntax AstBuilder::BuildTestHeader(Grammar::TestContext* context) {
  TestSyntax test;
  test.name = expressions_.BuildText(context->string());
  return test;
}

void AstBuilder::Add(Grammar::TestClauseContext* context, TestSyntax* test) {
  if (auto* at = dynamic_cast<Grammar::AtClauseContext*>(context)) {
    if (FirstTime("at", WordRange(context))) test->at = expressions_.Build(at->expression());
  } else if (auto* given = dynamic_cast<Grammar::GivenClauseContext*>(context)) {
    // `given` and `previously` may stand more than once: each adds to what is given.
    for (auto* one : given->given()) {
      std::vector<GivenSyntax> values = expressions_.BuildGiven(one);
      std::move(values.begin(), values.end(), std::back_inserter(test->given));
    }
  } else if (auto* previously = dynamic_cast<Grammar::PreviouslyClauseContext*>(context)) {
    for (auto* name : previously->name()) {
      test->previously.push_back(expressions_.BuildName(name));
    }
  } else if (auto* expect = dynamic_cast<Grammar::ExpectClauseContext*>(context)) {
    seen_.emplace("expect", WordRange(context));
    test->expects.push_back(expressions_.Build(expect->expression()));
  }
}

void AstBuilder::Demand(const TestSyntax& test) {
  if (!test.expects.empty() || seen_.contains("expect")) return;
  sink_->Add(DiagnosticKind::kMissingClause, test.name.range, {"this test", "expect"});
}

}  // namespace pql
