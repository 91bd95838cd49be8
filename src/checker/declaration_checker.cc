#include "checker/declaration_checker.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "checker/literals.h"

namespace pql {
namespace {

constexpr std::array<std::string_view, 7> kTypeNames = {"number",    "bool",     "string", "one of",
                                                        "timestamp", "duration", "list"};
constexpr std::array<std::string_view, 6> kKindNames = {"product", "hand_raise", "marketing",
                                                        "sales",   "billing",    "profile"};
constexpr std::array<std::string_view, 3> kModeNames = {"active", "shadow", "draft"};
constexpr std::array<std::string_view, 2> kElementNames = {"string", "number"};

// What other languages call the types.
std::string_view TypeForHabit(std::string_view word) {
  struct Habit {
    std::string_view word;
    std::string_view type;
  };
  constexpr Habit kHabits[] = {
      {"int", "number"},        {"integer", "number"},   {"float", "number"},
      {"double", "number"},     {"decimal", "number"},   {"count", "number"},
      {"boolean", "bool"},      {"flag", "bool"},        {"text", "string"},
      {"varchar", "string"},    {"str", "string"},       {"char", "string"},
      {"date", "timestamp"},    {"time", "timestamp"},   {"datetime", "timestamp"},
      {"interval", "duration"}, {"timespan", "duration"}};
  for (const Habit& habit : kHabits) {
    if (EqualIgnoringCase(word, habit.word)) return habit.type;
  }
  return {};
}

template <typename Words>
void ReportUnknownWord(DiagnosticKind kind, const std::string& word, SourceRange range,
                       const Words& words, std::string_view choices, DiagnosticSink* sink,
                       Guess nearest = {}) {
  if (nearest.empty()) nearest = NearestOf(word, words);
  Diagnostic& finding = sink->Add(kind, range, {word});
  Suggest(nearest, std::string(nearest.word), range, StrCat(choices, " ", ListWords(words)),
          &finding);
}

Type CheckOptions(const TypeSyntax& syntax, DiagnosticSink* sink) {
  std::vector<std::string> options;
  std::unordered_map<std::string_view, SourceRange> seen;
  for (const TextSyntax& option : syntax.options) {
    const auto [entry, is_first] = seen.emplace(option.text, option.range);
    if (is_first) {
      options.push_back(option.text);
      continue;
    }
    Diagnostic& finding =
        sink->Add(DiagnosticKind::kDuplicateOption, option.range, {QuoteString(option.text)});
    finding.related.push_back({entry->second, "first listed here"});
  }
  return options.empty() ? Type() : Type::OneOf(std::move(options));
}

Type CheckType(const TypeSyntax& syntax, DiagnosticSink* sink) {
  const std::string& name = syntax.name;
  if (name.empty()) return Type();  // the parser has said why
  if (name == "number") return Type::Number();
  if (name == "bool") return Type::Bool();
  if (name == "string") return Type::String();
  if (name == "timestamp") return Type::Timestamp();
  if (name == "duration") return Type::Duration();
  if (name == "one of") return CheckOptions(syntax, sink);
  if (name == "list") {
    if (syntax.element == "number") return Type::NumberList();
    if (syntax.element == "string") return Type::StringList();
    if (syntax.element.empty()) {
      sink->Add(DiagnosticKind::kUnknownType, syntax.range, {name}).hint =
          "say what it holds: `list(string)` or `list(number)`";
    } else {
      ReportUnknownWord(DiagnosticKind::kUnknownElement, syntax.element, syntax.element_range,
                        kElementNames, "its elements are", sink,
                        {TypeForHabit(syntax.element), true});
    }
    return Type();
  }
  ReportUnknownWord(DiagnosticKind::kUnknownType, name, syntax.range, kTypeNames, "the types are",
                    sink, {TypeForHabit(name), true});
  return Type();
}

}  // namespace

std::vector<std::string> CheckStages(const StagesSyntax& stages, DiagnosticSink* sink) {
  std::vector<std::string> names;
  std::unordered_map<std::string_view, SourceRange> seen;
  for (const NameSyntax& stage : stages.stages) {
    if (stage.text.empty()) continue;
    const auto [entry, is_first] = seen.emplace(stage.text, stage.range);
    if (is_first) {
      names.push_back(stage.text);
      continue;
    }
    Diagnostic& finding = sink->Add(DiagnosticKind::kDuplicateStage, stage.range, {stage.text});
    finding.hint = "each stage has one place, from low to high";
    finding.related.push_back({entry->second, "first listed here"});
  }
  return names;
}

void CheckMetric(const MetricSyntax& syntax, Metric* metric, ExpressionChecker* checker) {
  DiagnosticSink* const sink = checker->sink();
  metric->type = CheckType(syntax.type, sink);
  if (syntax.doc) metric->doc = syntax.doc->text;
  if (syntax.unit && !syntax.unit->text.empty()) {
    if (metric->type.IsNumber()) {
      metric->type = Type::Number(syntax.unit->text);
    } else if (!metric->type.IsUnknown()) {
      Diagnostic& finding = sink->Add(DiagnosticKind::kUnitOfNonNumber, syntax.unit->range,
                                      {metric->type.Describe()});
      finding.hint = "only a `number` has one";
    }
  }
  if (syntax.kind && !syntax.kind->text.empty()) {
    const auto kind = FindMetricKind(syntax.kind->text);
    if (kind && *kind != MetricKind::kNone) {
      metric->kind = *kind;
    } else {
      ReportUnknownWord(DiagnosticKind::kUnknownKind, syntax.kind->text, syntax.kind->range,
                        kKindNames, "the kinds are", sink);
    }
  }
  if (syntax.default_value != nullptr) {
    const std::string target = StrCat("`", metric->name, "`");
    metric->default_value = CheckLiteralAt({.what = StrCat("the default of ", target),
                                            .target = target,
                                            .type = metric->type,
                                            .minus_allowed = true},
                                           *syntax.default_value, checker);
  }
}

Rule CheckRuleHead(const Declared<RuleSyntax>& declared, DiagnosticSink* sink) {
  const RuleSyntax& syntax = *declared.syntax;
  const auto text = [](const std::optional<TextSyntax>& clause) {
    return clause ? clause->text : std::string();
  };
  Rule rule;
  rule.name = syntax.name.text;
  rule.name_range = syntax.name.range;
  rule.range = declared.range;
  rule.title = text(syntax.title);
  rule.description = text(syntax.description);
  rule.owner = text(syntax.owner);
  for (const TextSyntax& tag : syntax.tags) rule.tags.push_back(tag.text);
  if (syntax.mode && !syntax.mode->text.empty()) {
    if (const auto mode = FindRuleMode(syntax.mode->text)) {
      rule.mode = *mode;
    } else {
      ReportUnknownWord(DiagnosticKind::kUnknownMode, syntax.mode->text, syntax.mode->range,
                        kModeNames, "the modes are", sink);
    }
  }
  return rule;
}

DeclarationChecker::DeclarationChecker(const CheckedRuleSet& rule_set, ExpressionChecker* checker)
    : rule_set_(rule_set), checker_(checker) {
  for (uint32_t i = 0; i < rule_set.stages.size(); ++i) stages_.emplace(rule_set.stages[i], i);
}

std::optional<double> DeclarationChecker::CheckNumberAt(LiteralPlace place,
                                                        const ExpressionPtr& expression) {
  if (expression == nullptr) return {};
  place.target = place.what;
  place.type = Type::Number();
  const auto literal = AsSignedLiteral(*expression);
  if (literal && literal->literal->kind == Literal::Kind::kSize) {
    findings()
        .Add(DiagnosticKind::kWrongLiteral, expression->range,
             {place.what, "a number of points", "a number of bytes"})
        .hint = "for instance `100`";
    return {};
  }
  const std::optional<Value> value = CheckLiteralAt(place, *expression, checker_);
  if (!value || !value->IsNumber()) return {};
  return value->number();
}

std::optional<Timestamp> DeclarationChecker::CheckTimeAt(std::string_view what,
                                                         const ExpressionPtr& expression) {
  if (expression == nullptr) return {};
  const std::string place(what);
  const std::optional<Value> value = CheckLiteralAt(
      {.what = place, .target = place, .type = Type::Timestamp()}, *expression, checker_);
  if (!value || !value->IsTimestamp()) return {};
  return value->timestamp();
}

void DeclarationChecker::CheckScorecard(const ScorecardSyntax& syntax, Scorecard* scorecard) {
  scorecard->cap = CheckNumberAt({.what = "`cap`", .minus_allowed = true}, syntax.cap);
  scorecard->floor = CheckNumberAt({.what = "`floor`", .minus_allowed = true}, syntax.floor);
  if (scorecard->cap && scorecard->floor && *scorecard->floor > *scorecard->cap) {
    Diagnostic& finding = findings().Add(DiagnosticKind::kFloorAboveCap, syntax.floor->range,
                                         {*scorecard->floor, *scorecard->cap});
    finding.hint = "the floor is the lowest value, the cap the highest";
    finding.related.push_back({syntax.cap->range, "the cap is here"});
  }
  for (const ScorecardLineSyntax& line : syntax.lines) {
    scorecard->lines.push_back(CheckLine(line));
  }
}

ScorecardLine DeclarationChecker::CheckLine(const ScorecardLineSyntax& syntax) {
  ScorecardLine line;
  line.range = syntax.range;
  const std::string_view opposite = syntax.subtract ? "add" : "subtract";
  const std::string hint =
      StrCat("`", opposite, "` does the opposite of `", syntax.subtract ? "subtract" : "add", "`");
  line.points =
      CheckNumberAt({.what = "the number of points", .no_minus_hint = hint}, syntax.points)
          .value_or(0);
  if (syntax.subtract) line.points = -line.points;
  if (syntax.condition != nullptr) line.condition = checker_->CheckCondition(*syntax.condition);
  if (syntax.of != nullptr) CheckPer(syntax, &line);
  line.up_to =
      CheckNumberAt({.what = "the limit of `up to`",
                     .no_minus_hint = "it counts points, whether they are added or subtracted"},
                    syntax.up_to);
  return line;
}

void DeclarationChecker::CheckPer(const ScorecardLineSyntax& syntax, ScorecardLine* line) {
  line->per_value = checker_->Check(*syntax.of);
  const Type type = line->per_value->type;
  const bool countable =
      type.IsUnknown() || type.IsNumber() || type.kind() == Type::Kind::kDuration;
  if (!countable) {
    Diagnostic& finding =
        findings().Add(DiagnosticKind::kNotANumber, syntax.of->range, {"`per`", type.Describe()});
    finding.hint = type.IsList()   ? "`size(list)` tells how many it holds"
                   : type.IsBool() ? "points for a condition are written `add 5 when ...`"
                                   : "a duration is fine too";
    findings().Relate({*syntax.of, *line->per_value}, &finding);
    line->per_value = ErrorNode(*syntax.of);
  }
  if (syntax.per == nullptr || syntax.per->kind == Expression::Kind::kError) return;
  const auto literal = AsSignedLiteral(*syntax.per);
  const Type step = literal ? TypeOfLiteral(*literal->literal) : Type();
  if (!literal) {
    findings().Add(DiagnosticKind::kNotALiteral, syntax.per->range, {"the step of `per`"}).hint =
        "for instance `per 10 of messages`";
    return;
  }
  if (!countable || type.IsUnknown()) return;
  const TypedExpression step_node = checker_->Check(*syntax.per);
  if (step.kind() != type.kind()) {
    Diagnostic& finding = findings().Add(DiagnosticKind::kPerMismatch, syntax.per->range,
                                         {type.Describe(), step.Describe()});
    finding.fix = findings().RespellFix(*syntax.per, type);
    if (finding.fix) finding.hint = StrCat("write `", finding.fix->edits[0].replacement, "`");
    findings().Relate({*syntax.of, *line->per_value}, &finding);
    return;
  }
  if (type.IsNumber() && !UnitsFit(type, step)) {
    findings().UnitMismatch(syntax.per->range, "counted in steps of",
                            {*syntax.of, *line->per_value}, {*syntax.per, step_node});
    return;
  }
  if (literal->literal->kind == Literal::Kind::kPercent && type.unit() == "percent" &&
      !literal->minus) {
    findings().PercentLiteral(*syntax.per, findings().Quote(*syntax.of));
    return;
  }
  const Value value = ValueOf(*literal);
  line->per = type.IsNumber() ? value.number() : static_cast<double>(value.duration().micros);
  if (line->per > 0) return;
  findings().Add(DiagnosticKind::kPerNotPositive, syntax.per->range, {value.ToSource()}).hint =
      "the step must be more than zero";
  line->per = 1;
}

std::optional<uint32_t> DeclarationChecker::CheckStageName(const NameSyntax& name) {
  if (name.text.empty()) return {};
  const auto found = stages_.find(name.text);
  if (found != stages_.end()) return found->second;
  Diagnostic& finding = findings().Add(DiagnosticKind::kUnknownStage, name.range, {name.text});
  const Guess nearest = NearestOf(name.text, rule_set_.stages);
  Suggest(nearest, QuoteName(nearest.word), name.range,
          rule_set_.stages.empty() ? StrCat("declare it: `stages ", QuoteName(name.text), "`")
                                   : StrCat("the stages are ", ListWords(rule_set_.stages)),
          &finding);
  return {};
}

std::optional<TypedExpression> DeclarationChecker::CheckOptionalCondition(
    const ExpressionPtr& expression) {
  if (expression == nullptr) return {};
  return checker_->CheckCondition(*expression);
}

void DeclarationChecker::CheckRuleBody(const RuleSyntax& syntax, Rule* rule) {
  if (syntax.stage) rule->stage = CheckStageName(*syntax.stage);
  if (syntax.when != nullptr) rule->when = checker_->CheckCondition(*syntax.when);
  rule->unless = CheckOptionalCondition(syntax.unless);
  rule->keep_while = CheckOptionalCondition(syntax.keep_while);
  if (syntax.score != nullptr) rule->score = checker_->CheckNumber(*syntax.score, "`score`");
  rule->active_from = CheckTimeAt("`active from`", syntax.active_from);
  rule->active_until = CheckTimeAt("`active until`", syntax.active_until);
  if (rule->active_from && rule->active_until && *rule->active_from >= *rule->active_until) {
    Diagnostic& finding = findings().Add(DiagnosticKind::kEmptyPeriod, syntax.active_until->range,
                                         {FormatTimestampLiteral(rule->active_until->micros),
                                          FormatTimestampLiteral(rule->active_from->micros)});
    finding.hint = "the rule would never be active";
    finding.related.push_back({syntax.active_from->range, "it starts here"});
  }
}

}  // namespace pql
