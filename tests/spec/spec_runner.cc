#include "tests/spec/spec_runner.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "accounts/account_reader.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "diagnostics/render.h"
#include "eval/explanation.h"
#include "eval/gap.h"
#include "eval/interpreter.h"
#include "eval/next_change.h"
#include "ruleset/rule_set.h"
#include "ruleset/test_runner.h"

namespace pql {
namespace {

constexpr std::string_view kValueName = "spec_value";
constexpr int kMaxRounds = 20;  // of fixing

// The text whose outcome a case is about: it stands behind the rules of its context.
struct CaseText {
  std::string before;
  std::string text;
};

std::string Trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return std::string(text);
}

std::string Mismatch(std::string_view expected, std::string_view seen) {
  if (expected == seen) return "";
  return StrCat("expected: ", expected, "\ngot:      ", seen);
}

// `>>> NAME` lines part the text into files.
std::vector<SourceText> SplitSources(std::string_view text) {
  std::vector<SourceText> sources = {{"rules.pql", ""}};
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    if (ConsumePrefix(">>> ", &line)) {
      sources.push_back({Trimmed(line), ""});
    } else {
      sources.back().text += line;
    }
  }
  return sources;
}

CompileResult Compile(std::string_view text) { return CompileRuleSet("spec", SplitSources(text)); }

std::string OneLine(const CompileResult& compiled) {
  std::string text;
  for (const Diagnostic& finding : compiled.diagnostics) {
    StrAppend(&text, "\n  ", RenderOneLine(compiled.rule_set->sources, finding));
  }
  return text;
}

std::string NamesOf(const CheckedRuleSet& rule_set, const MissingMetrics& metrics) {
  std::string names;
  for (const uint32_t metric : metrics) {
    StrAppend(&names, names.empty() ? "" : ", ", rule_set.metrics[metric].name);
  }
  return names;
}

std::string Joined(std::string_view word, std::string_view names) {
  return names.empty() ? std::string(word) : StrCat(word, " ", names);
}

// ---- outcome of a text

// The expectation `error NAMES [shows TEXT] [fix|offers TEXT]`, taken apart.
struct ExpectedError {
  std::vector<std::string> names;
  std::string shows;
  std::string fixed;
  bool wants_fix = false;
  bool safe_only = true;
};

ExpectedError ParseExpectedError(std::string_view text) {
  ExpectedError expected;
  for (const std::string_view word : {" fix ", " offers "}) {
    const size_t at = text.find(word);
    if (at == std::string_view::npos) continue;
    expected.wants_fix = true;
    expected.safe_only = word == " fix ";
    expected.fixed = text.substr(at + word.size());
    text = text.substr(0, at);
  }
  if (const size_t at = text.find(" shows "); at != std::string_view::npos) {
    expected.shows = text.substr(at + 7);
    text = text.substr(0, at);
  }
  while (!text.empty()) {
    const size_t comma = std::min(text.find(", "), text.size());
    expected.names.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 2, text.size()));
  }
  return expected;
}

// Applies fix after fix until none is left.  REQUIRES: one file.
std::string ApplyFixes(std::string text, bool safe_only) {
  for (int round = 0; round < kMaxRounds; ++round) {
    const CompileResult compiled = Compile(text);
    const auto fixable = std::find_if(compiled.diagnostics.begin(), compiled.diagnostics.end(),
                                      [safe_only](const Diagnostic& finding) {
                                        return finding.fix && (finding.fix->safe || !safe_only);
                                      });
    if (fixable == compiled.diagnostics.end()) break;
    text = ApplyEdits(text, fixable->fix->edits);
  }
  return text;
}

std::string CheckFix(const CaseText& subject, const ExpectedError& expected) {
  const std::string fixed = ApplyFixes(subject.before + subject.text, expected.safe_only);
  if (const CompileResult after = Compile(fixed); !after.ok()) {
    return StrCat("the fixed text is `", Trimmed(fixed.substr(subject.before.size())),
                  "` and still has findings:", OneLine(after));
  }
  if (!fixed.starts_with(subject.before)) return StrCat("the fix changed other text:\n", fixed);
  return Mismatch(Trimmed(expected.fixed), Trimmed(fixed.substr(subject.before.size())));
}

std::string CheckError(const CaseText& subject, const CompileResult& compiled,
                       std::string_view wanted) {
  if (wanted.ends_with(" findings") || wanted.ends_with(" findings and more")) {
    return Mismatch(wanted, StrCat(compiled.diagnostics.size(), " findings",
                                   compiled.dropped > 0 ? " and more" : ""));
  }
  const ExpectedError expected = ParseExpectedError(wanted);
  const auto matches = [](const std::string& name, const Diagnostic& finding) {
    return name == finding.info().name || name == CodeText(finding.kind);
  };
  if (!std::equal(expected.names.begin(), expected.names.end(), compiled.diagnostics.begin(),
                  compiled.diagnostics.end(), matches)) {
    return StrCat("expected: error ", wanted, "\ngot:", OneLine(compiled));
  }
  const std::string message = compiled.diagnostics[0].Message();
  if (message.find(expected.shows) == std::string::npos) {
    return StrCat("the message does not show ", expected.shows, ": ", message);
  }
  return expected.wants_fix ? CheckFix(subject, expected) : "";
}

bool IsOutcomeOfText(std::string_view expected) {
  return expected == "accepted" || expected.starts_with("error ");
}

std::string CheckText(const CaseText& subject, std::string_view expected) {
  const CompileResult compiled = Compile(subject.before + subject.text);
  if (ConsumePrefix("error ", &expected)) {
    if (compiled.ok()) return StrCat("expected: error ", expected, "\ngot no findings");
    return CheckError(subject, compiled, expected);
  }
  return compiled.ok() ? "" : StrCat("expected no findings, got:", OneLine(compiled));
}

// ---- evaluation

// A compiled rule set, the account of the case, and its evaluation.
class Evaluated {
 public:
  explicit Evaluated(const CompileResult& compiled) : rule_set_(compiled.rule_set) {}

  // What is wrong with the context, or empty.
  std::string Prepare(const SpecContext& context) {
    const CheckedRuleSet& checked = rule_set_->checked;
    auto row = ReadJsonAccount(checked, ExpandPlaceholders(context.account), {});
    if (!row.ok()) return StrCat("account: ", FromAbsl(row.status().message()));
    account_.emplace(std::move(row->account));
    const std::optional<int64_t> now = ParseTimestamp(context.at);
    if (!now) return StrCat("no timestamp: ", context.at);
    input_.account = &*account_;
    input_.now = Timestamp{*now};
    input_.held.resize(checked.rules.size());
    for (const std::string& name : context.held) {
      // "A held name that is no rule is ignored."
      if (const auto rule = checked.FindRule(name)) input_.held[*rule] = true;
    }
    evaluation_ = Evaluate(checked, input_);
    return "";
  }

  const RuleSet& rule_set() const { return *rule_set_; }
  const CheckedRuleSet& checked() const { return rule_set_->checked; }
  const EvaluationInput& input() const { return input_; }
  const Evaluation& evaluation() const { return evaluation_; }

 private:
  std::shared_ptr<const RuleSet> rule_set_;
  std::optional<Account> account_;
  EvaluationInput input_;
  Evaluation evaluation_;
};

// Numbers are compared bit by bit with what strtod makes of the text, so that the program's own
// reading and writing of numbers takes no part.
std::string CheckValue(const CheckedRuleSet& checked, const Result& seen,
                       const std::string& expected) {
  std::string digits = expected;
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  char* end = nullptr;
  const double number = std::strtod(digits.c_str(), &end);
  const bool is_number = !digits.empty() && end == digits.c_str() + digits.size();
  if (is_number && seen.value.IsNumber() && seen.value.number() == number &&
      std::signbit(seen.value.number()) == std::signbit(number)) {
    return "";
  }
  const std::string text = seen.value.IsMissing()
                               ? Joined("missing", NamesOf(checked, seen.missing))
                               : seen.value.ToSource();
  return is_number && seen.value.IsNumber() ? StrCat("expected: ", expected, "\ngot:      ", text)
                                            : Mismatch(expected, text);
}

size_t ValueDefine(const CheckedRuleSet& checked) {
  return static_cast<size_t>(
      std::find_if(checked.defines.begin(), checked.defines.end(),
                   [](const Define& define) { return define.name == kValueName; }) -
      checked.defines.begin());
}

std::string ExplanationLine(const ExplanationNode& node, int depth) {
  std::string line(static_cast<size_t>(2 * depth), ' ');
  StrAppend(&line, node.clause, node.clause.empty() ? "" : ": ", node.source, " = ",
            node.value.ToSource());
  std::string seen;
  for (const SeenValue& value : node.values) {
    StrAppend(&seen, seen.empty() ? "" : ", ", value.source, " = ", value.value.ToSource(),
              value.is_default ? " by default" : "");
  }
  if (!seen.empty()) StrAppend(&line, " {", seen, "}");
  line += "\n";
  for (const ExplanationNode& child : node.children) line += ExplanationLine(child, depth + 1);
  return line;
}

std::string RuleText(const Evaluated& done, uint32_t rule) {
  const RuleResult& result = done.evaluation().rules[rule];
  const std::string text =
      Joined(OutcomeName(result.outcome), NamesOf(done.checked(), result.missing));
  return result.score ? StrCat(text, " score ", Value::Number(*result.score).ToSource()) : text;
}

std::string GapText(const Evaluated& done, uint32_t rule) {
  const RuleCone cone(done.checked(), rule);
  const Gap gap = FindGap(cone, done.input());
  switch (gap.status) {
    case Gap::Status::kNone:
      return "none needed";
    case Gap::Status::kImpossible:
      return "impossible";
    case Gap::Status::kNotFound:
      return StrCat("not found: ", gap.reason);
    case Gap::Status::kFound:
      break;
  }
  std::string text;
  for (const GapChange& change : gap.changes) {
    StrAppend(&text, text.empty() ? "" : "; ", change.sentence);
  }
  // "Applying it to the account makes the rule qualify."
  const Account changed = ApplyGap(done.checked(), *done.input().account, gap);
  EvaluationInput input = done.input();
  input.account = &changed;
  const bool qualifies = Evaluate(done.checked(), input).rules[rule].outcome == Outcome::kQualified;
  return qualifies ? text : StrCat(text, ", which does not make it qualify");
}

std::string ChangeText(const Evaluated& done, uint32_t rule) {
  const auto change = FindNextChange(RuleCone(done.checked(), rule), done.input());
  if (!change) return "never";
  return StrCat(FormatTimestampLiteral(change->time.micros), " ", OutcomeName(change->outcome));
}

std::string StageText(const Evaluated& done) {
  TypedExpression stage;
  stage.kind = TypedExpression::Kind::kStage;
  const Result seen = EvaluateExpression(done.checked(), stage, done.input(), done.evaluation());
  if (!seen.value.IsMissing()) return seen.value.ToSource();
  return Joined("missing", NamesOf(done.checked(), seen.missing));
}

std::string IncompleteText(const Evaluated& done) {
  std::string text;
  for (size_t i = 0; i < done.checked().scorecards.size(); ++i) {
    const ScorecardResult& result = done.evaluation().scorecards[i];
    if (!result.incomplete) continue;
    StrAppend(&text, text.empty() ? "" : "; ",
              Joined(StrCat(done.checked().scorecards[i].name, ":"),
                     NamesOf(done.checked(), result.missing)));
  }
  return text.empty() ? "none" : text;
}

std::string TestText(const Evaluated& done, std::string_view quoted) {
  const auto& tests = done.checked().tests;
  for (uint32_t i = 0; i < tests.size(); ++i) {
    if (Value::String(tests[i].name).ToSource() != quoted) continue;
    const TestResult result = RunTest(done.rule_set(), i);
    if (!result.error.empty()) return "fails to run";
    return result.passed() ? "pass" : "fail";
  }
  return StrCat("there is no test ", quoted);
}

std::string RuleNames(const Evaluated& done) {
  std::string names;
  for (const Rule& rule : done.checked().rules) {
    StrAppend(&names, names.empty() ? "" : ", ", rule.name);
  }
  return names;
}

// The text for subjects that ask something of the whole rule set; nothing for expressions.
std::optional<std::string> Answer(const Evaluated& done, std::string_view subject) {
  using OfRule = std::string (*)(const Evaluated&, uint32_t);
  constexpr std::pair<std::string_view, OfRule> kOfRule[] = {
      {"rule ", RuleText}, {"gap ", GapText}, {"change ", ChangeText}};
  for (const auto& [word, of_rule] : kOfRule) {
    std::string_view name = subject;
    if (!ConsumePrefix(word, &name)) continue;
    const auto rule = done.checked().FindRule(name);
    return rule ? of_rule(done, *rule) : StrCat("there is no rule ", name);
  }
  if (subject == "stage") return StageText(done);
  if (subject == "incomplete") return IncompleteText(done);
  if (subject == "names of rules") return RuleNames(done);
  if (ConsumePrefix("test ", &subject)) return TestText(done, subject);
  if (ConsumePrefix("explanation of ", &subject)) {
    const auto rule = done.checked().FindRule(subject);
    if (!rule) return StrCat("there is no rule ", subject);
    std::string text;
    const RuleExplanation explanation =
        ExplainRule(done.rule_set().sources, RuleCone(done.checked(), *rule), done.input());
    for (const ExplanationNode& clause : explanation.clauses) text += ExplanationLine(clause, 0);
    return text;
  }
  return std::nullopt;
}

std::string CheckExpression(const SpecCase& spec, std::string_view subject) {
  const bool wants_type = ConsumePrefix("type ", &subject);
  const CaseText text = {
      ExpandPlaceholders(StrCat(spec.context.rules, "\ndefine ", kValueName, " = ")),
      ExpandPlaceholders(subject) + "\n"};
  if (IsOutcomeOfText(spec.expected)) return CheckText(text, spec.expected);
  const CompileResult compiled = Compile(text.before + text.text);
  if (!compiled.ok()) return StrCat("expected: ", spec.expected, "\ngot:", OneLine(compiled));
  const CheckedRuleSet& checked = compiled.rule_set->checked;
  const size_t index = ValueDefine(checked);
  if (wants_type) return Mismatch(spec.expected, checked.defines[index].value.type.ToString());
  Evaluated done(compiled);
  if (std::string problem = done.Prepare(spec.context); !problem.empty()) return problem;
  return CheckValue(checked, done.evaluation().defines[index], spec.expected);
}

}  // namespace

std::string RenderFindings(const SpecContext& context) {
  const CompileResult compiled = Compile(ExpandPlaceholders(context.rules));
  return RenderHuman(compiled.rule_set->sources, compiled.diagnostics, compiled.dropped);
}

std::string RunSpecCase(const SpecCase& spec) {
  const std::string rules = ExpandPlaceholders(spec.context.rules);
  std::string_view subject = spec.subject;
  if (subject == "rendered") return Mismatch(spec.expected, RenderFindings(spec.context));
  if (subject == "fixed") return Mismatch(spec.expected, ApplyFixes(rules, true));
  if (subject == "rules") return CheckText({"", rules}, spec.expected);
  if (ConsumePrefix("| ", &subject)) {
    return CheckText({rules + "\n", ExpandPlaceholders(subject) + "\n"}, spec.expected);
  }
  const CompileResult compiled = Compile(rules);
  if (compiled.ok()) {
    Evaluated done(compiled);
    if (std::string problem = done.Prepare(spec.context); !problem.empty()) {
      return Mismatch(spec.expected, problem);
    }
    if (const auto answer = Answer(done, subject)) return Mismatch(spec.expected, *answer);
  }
  return CheckExpression(spec, subject);
}

}  // namespace pql
