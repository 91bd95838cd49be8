#include "tools/pql/repl_session.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "ast/operator.h"
#include "base/clock.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "checker/checker.h"
#include "diagnostics/render.h"
#include "eval/explanation.h"
#include "language/operators.h"
#include "parser/frontend.h"
#include "tools/pql/explanation_json.h"
#include "tools/pql/explanation_text.h"

namespace pql {
namespace {

constexpr std::string_view kInputName = "<input>";
constexpr std::string_view kDeclarationWords[] = {"metric", "define", "output", "scorecard",
                                                  "stages", "rule",   "test"};

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string_view FirstWord(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t\n"));
}

// `name = ...`: the first `=` is no part of another sign, and only a name stands before it.
bool LooksLikeAssignment(std::string_view text) {
  const size_t sign = text.find('=');
  if (sign == std::string_view::npos || sign == 0) return false;
  const std::string_view behind = text.substr(sign + 1);
  if (behind.starts_with('=') || behind.starts_with('>')) return false;
  const std::string_view name = Trim(text.substr(0, sign));
  if (name.size() > 2 && name.starts_with('`') && name.ends_with('`')) return true;
  return !name.empty() && name.find_first_of(" \t\n<>!&|+-*/()\"'#") == std::string_view::npos;
}

struct ParsedInput {
  SourceSet sources;  // those of the rule set, and the input as the last
  ExpressionPtr expression;
  std::vector<Diagnostic> findings;
  size_t dropped = 0;
  bool ok = false;
};

ParsedInput ParseInput(const SourceSet& rule_set, std::string_view text) {
  ParsedInput parsed;
  parsed.sources = rule_set;
  const FileId file = parsed.sources.AddFile(std::string(kInputName), std::string(text));
  DiagnosticSink sink;
  parsed.expression = PqlFrontend().ParseCondition(parsed.sources, file, ParseLimits(), &sink);
  parsed.ok = !sink.has_errors();
  parsed.dropped = sink.dropped();
  parsed.findings = sink.Take();
  return parsed;
}

// The names that a file declares; `stages` has none.
std::vector<std::string> DeclaredNames(const RuleFile& file) {
  std::vector<std::string> names;
  for (const Declaration& declaration : file.declarations) {
    if (const auto* metric = declaration.As<MetricSyntax>()) {
      names.push_back(metric->name.text);
    } else if (const auto* define = declaration.As<DefineSyntax>()) {
      names.push_back(define->name.text);
    } else if (const auto* scorecard = declaration.As<ScorecardSyntax>()) {
      names.push_back(scorecard->name.text);
    } else if (const auto* rule = declaration.As<RuleSyntax>()) {
      names.push_back(rule->name.text);
    } else if (const auto* test = declaration.As<TestSyntax>()) {
      names.push_back(StrCat("test ", test->name.text));
    } else {
      names.emplace_back();
    }
  }
  return names;
}

}  // namespace

ReplSession::ReplSession(std::shared_ptr<const RuleSet> rule_set, Console* console)
    : rule_set_(std::move(rule_set)), console_(console) {
  for (FileId file = 0; file < rule_set_->sources.size(); ++file) {
    const SourceFile& source = rule_set_->sources.file(file);
    base_.push_back({source.name(), std::string(source.text())});
  }
}

bool ReplSession::WantsMore(std::string_view input) {
  int open = 0;
  char quote = 0;  // what closes the text or name that stands open
  for (size_t i = 0; i < input.size(); ++i) {
    const char c = input[i];
    if (quote != 0) {
      if (c == '\\' && quote == '"') ++i;
      // A text ends with its line, closed or not.
      if (c == quote || c == '\n') quote = 0;
    } else if (c == '"' || c == '`') {
      quote = c;
    } else if (c == '#') {
      i = std::min(input.find('\n', i), input.size());
    } else if (c == '(' || c == '[' || c == '{') {
      ++open;
    } else if (c == ')' || c == ']' || c == '}') {
      --open;
    }
  }
  return open > 0;
}

bool ReplSession::Handle(std::string_view input) {
  const std::string text(Trim(input));
  if (text.empty() || (text.starts_with('#') && text.find('\n') == std::string::npos)) return true;
  if (text.starts_with(':')) {
    Run(std::string_view(text).substr(1));
    return !is_over_;
  }
  // What people type who do not know the `:` yet.
  if ((text == "help" || text == "quit" || text == "exit") && !IsDeclared(text)) {
    Run(text);
    return !is_over_;
  }
  ParsedInput parsed = ParseInput(rule_set_->sources, text);
  // `=` is a slip where the whole is a condition, and an assignment where it is the whole.
  if (LooksLikeAssignment(text) && parsed.expression->Is(Operator::kEqual)) {
    Assign(text);
  } else if (parsed.ok) {
    Evaluate(*parsed.expression, parsed.sources);
  } else if (std::find(std::begin(kDeclarationWords), std::end(kDeclarationWords),
                       FirstWord(text)) != std::end(kDeclarationWords)) {
    Declare(text);
  } else if (LooksLikeAssignment(text) && !parsed.expression->Is(Operator::kAnd) &&
             !parsed.expression->Is(Operator::kOr)) {
    Assign(text);
  } else {
    ShowFindings(parsed.sources, parsed.findings, parsed.dropped);
  }
  return true;
}

std::optional<TypedExpression> ReplSession::CheckExpression(const Expression& expression,
                                                            const SourceSet& sources) {
  DiagnosticSink sink;
  TypedExpression typed = CheckCondition(sources, expression, rule_set_->checked,
                                         *rule_set_->functions, CheckLimits(), &sink,
                                         /*any_type=*/true);
  if (!sink.has_errors()) return typed;
  const size_t dropped = sink.dropped();
  ShowFindings(sources, sink.Take(), dropped);
  return std::nullopt;
}

void ReplSession::Evaluate(const Expression& expression, const SourceSet& sources) {
  const std::optional<TypedExpression> typed = CheckExpression(expression, sources);
  if (!typed) return;
  const CheckedRuleSet& checked = rule_set_->checked;
  const Account account = MakeAccount();
  const EvaluationInput input = Input(account);
  const Evaluation done = pql::Evaluate(checked, input);
  const Result result = EvaluateExpression(checked, *typed, input, done);
  console_->out() << Shown(result.value) << Needs(result.missing) << "\n";
  if (!typed->type.IsBool()) return;
  const ExplanationNode tree = ExplainCondition(sources, checked, *typed, input, done);
  if (tree.values.empty() && tree.children.empty()) return;
  console_->out() << ExplanationText(ExplanationToJson(sources, tree), Style());
}

std::string ReplSession::Shown(const Value& value) const {
  const Paint paint = value.IsMissing() ? Paint::kYellow
                      : value.IsTrue()  ? Paint::kGreen
                      : value.IsFalse() ? Paint::kRed
                                        : Paint::kBold;
  return console_->OnOut(paint, EscapeUnprintable(value.ToSource()));
}

std::string ReplSession::Needs(const MissingMetrics& missing) const {
  std::string text;
  for (const uint32_t metric : missing) {
    StrAppend(&text, text.empty() ? ": needs " : ", ",
              EscapeUnprintable(QuoteName(rule_set_->checked.metrics[metric].name)));
  }
  return text;
}

ExplanationStyle ReplSession::Style() const {
  return {.color = console_->color_out(), .utf8 = LocaleIsUtf8(), .indent = 2};
}

CompileResult ReplSession::CompileWith(std::string text) const {
  std::vector<SourceText> sources = base_;
  for (size_t i = 0; i < declared_.size(); ++i) {
    sources.push_back({StrCat("<input ", i + 1, ">"), declared_[i].text});
  }
  if (!text.empty()) sources.push_back({std::string(kInputName), std::move(text)});
  CompileOptions options;
  options.functions = rule_set_->functions;
  return CompileRuleSet(rule_set_->id, std::move(sources), options);
}

// An assignment is the `given` of a test, so that literals, `now - 3d`, options of a `one of`,
// units and percentages are checked and said as they are there.
void ReplSession::Assign(const std::string& text) {
  const size_t sign = text.find('=');
  if (Trim(std::string_view(text).substr(sign + 1)) == "missing") {
    std::string name(Trim(std::string_view(text).substr(0, sign)));
    std::erase(name, '`');
    if (!rule_set_->checked.FindMetric(name)) {
      Mistake(StrCat("there is no metric `", EscapeUnprintable(name), "`"));
    } else {
      set_.erase(name);
    }
    return;
  }
  const std::string prefix = StrCat("test \"", kInputName, "\" { given ");
  const CompileResult compiled = CompileWith(StrCat(prefix, text, "\nexpect true }"));
  if (!compiled.ok()) {
    // Shown as it was typed, without what stands around it here.
    SourceSet shown;
    for (FileId file = 0; file < compiled.rule_set->sources.size(); ++file) {
      const SourceFile& source = compiled.rule_set->sources.file(file);
      const bool is_input = source.name() == kInputName;
      shown.AddFile(source.name(), is_input ? text : std::string(source.text()));
    }
    const auto shift = [&](SourceRange* range) {
      if (shown.file(range->file).name() != kInputName) return;
      for (uint32_t* offset : {&range->begin, &range->end}) {
        *offset =
            std::min<uint32_t>(*offset - std::min<uint32_t>(*offset, prefix.size()), text.size());
      }
    };
    std::vector<Diagnostic> findings = compiled.diagnostics;
    for (Diagnostic& finding : findings) {
      shift(&finding.range);
      for (RelatedRange& related : finding.related) shift(&related.range);
      if (!finding.fix) continue;
      for (TextEdit& edit : finding.fix->edits) shift(&edit.range);
    }
    ShowFindings(shown, findings, compiled.dropped);
    return;
  }
  const Timestamp now = Input(MakeAccount()).now;
  const CheckedRuleSet& checked = compiled.rule_set->checked;
  for (const Test& test : checked.tests) {
    if (test.name != kInputName) continue;
    for (const Given& given : test.given) {
      set_[checked.metrics[given.metric].name] =
          given.from_now ? Value::Time(Timestamp{now.micros + given.from_now->micros})
                         : given.value;
    }
  }
}

void ReplSession::Declare(const std::string& text) {
  SourceSet alone;
  DiagnosticSink sink;
  const FileId file = alone.AddFile(std::string(kInputName), text);
  const std::vector<std::string> names =
      DeclaredNames(ParseRuleFile(alone, file, ParseLimits(), &sink));
  // What was declared here before can be declared anew.
  std::vector<Declared> kept = declared_;
  std::erase_if(kept, [&names](const Declared& each) {
    return std::find(names.begin(), names.end(), each.name) != names.end();
  });
  std::swap(kept, declared_);
  const CompileResult compiled = CompileWith(text);
  if (!compiled.ok()) {
    std::swap(kept, declared_);
    ShowFindings(compiled.rule_set->sources, compiled.diagnostics, compiled.dropped);
    return;
  }
  declared_.push_back({names.empty() ? "" : names.front(), text});
  Adopt(CompileWith("").rule_set);
}

// Values and held rules that the new rule set has no place for are forgotten, and said.
void ReplSession::Adopt(std::shared_ptr<const RuleSet> rule_set) {
  rule_set_ = std::move(rule_set);
  const CheckedRuleSet& checked = rule_set_->checked;
  std::erase_if(set_, [&](const auto& entry) {
    const std::optional<uint32_t> metric = checked.FindMetric(entry.first);
    if (metric && entry.second.Fits(checked.metrics[*metric].type)) return false;
    console_->Note(StrCat("the value of `", EscapeUnprintable(entry.first), "` is forgotten"));
    return true;
  });
  std::erase_if(held_, [&](const std::string& name) { return !checked.FindRule(name); });
}

Account ReplSession::MakeAccount() const {
  Account account(rule_set_->checked);
  for (const auto& [name, value] : set_) {
    if (const auto metric = rule_set_->checked.FindMetric(name)) account.Set(*metric, value);
  }
  return account;
}

EvaluationInput ReplSession::Input(const Account& account) const {
  EvaluationInput input;
  input.account = &account;
  input.now = at_ ? *at_ : Timestamp{absl::ToUnixMicros(Clock::System().Now())};
  if (held_.empty()) return input;
  input.held.resize(rule_set_->checked.rules.size());
  for (const std::string& name : held_) {
    if (const auto rule = rule_set_->checked.FindRule(name)) input.held[*rule] = true;
  }
  return input;
}

bool ReplSession::IsDeclared(std::string_view name) const {
  const CheckedRuleSet& checked = rule_set_->checked;
  const auto has = [name](const auto& items) {
    return std::any_of(items.begin(), items.end(),
                       [name](const auto& item) { return item.name == name; });
  };
  return has(checked.metrics) || has(checked.defines) || has(checked.scorecards) ||
         has(checked.rules);
}

void ReplSession::Mistake(std::string_view message) {
  ++mistakes_;
  console_->out().flush();
  console_->err() << Painted(console_->color_err(), Paint::kRed, "error:") << " " << message
                  << std::endl;
}

void ReplSession::ShowFindings(const SourceSet& sources, const std::vector<Diagnostic>& findings,
                               size_t dropped) {
  ++mistakes_;
  console_->out().flush();
  console_->err() << RenderHuman(sources, findings, dropped, {.color = console_->color_err()})
                  << std::flush;
}

std::vector<std::string> ReplSession::Completions(std::string_view before,
                                                  std::string_view word) const {
  std::set<std::string> found;
  const auto offer = [&](std::string_view candidate) {
    if (candidate.starts_with(word)) found.emplace(candidate);
  };
  const auto offer_names = [&](const auto& items) {
    for (const auto& item : items) offer(QuoteName(item.name));
  };
  const CheckedRuleSet& checked = rule_set_->checked;
  const std::string_view command = FirstWord(before);
  if (before.empty() && word.starts_with(':')) {
    for (const ReplCommand& each : Commands()) offer(StrCat(":", each.name));
  } else if (command == ":explain" || command == ":held") {
    offer_names(checked.rules);
  } else if (!command.starts_with(':') || command == ":type") {
    offer_names(checked.metrics);
    offer_names(checked.defines);
    offer_names(checked.scorecards);
    offer_names(checked.rules);
    for (const std::string_view function : rule_set_->functions->Names()) offer(function);
    for (const Metric& metric : checked.metrics) {
      for (const std::string& option : metric.type.options()) offer(QuoteString(option));
    }
    for (int op = 0; op < kOperatorCount; ++op) {
      std::string_view spelling = InfoOf(static_cast<Operator>(op)).spelling;
      while (!spelling.empty()) {
        const std::string_view part = FirstWord(spelling);
        if (IsIdentifierStart(static_cast<unsigned char>(part.front()))) offer(part);
        spelling = Trim(spelling.substr(part.size()));
      }
    }
    for (const char* each : {"if", "then", "else", "of", "true", "false", "now"}) offer(each);
    if (before.empty()) {
      for (const std::string_view each : kDeclarationWords) offer(each);
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace pql
