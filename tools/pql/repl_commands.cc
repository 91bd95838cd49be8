// The commands of the repl: one row of Commands() and one method each.

#include <algorithm>
#include <sstream>

#include "accounts/account_reader.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/unicode.h"
#include "eval/rule_details.h"
#include "parser/frontend.h"
#include "tools/pql/account_input.h"
#include "tools/pql/explanation_json.h"
#include "tools/pql/repl_session.h"

namespace pql {
namespace {

constexpr int kHelpColumn = 18;

std::string Padded(std::string text, int width) {
  text.resize(text.size() + static_cast<size_t>(std::max(1, width - DisplayWidth(text))), ' ');
  return text;
}

std::string OutcomeText(Outcome outcome, const Console& console) {
  switch (outcome) {
    case Outcome::kQualified:
      return console.OnOut(Paint::kGreen, "qualified");
    case Outcome::kNotQualified:
      return console.OnOut(Paint::kRed, "not qualified");
    case Outcome::kUnknown:
      break;
  }
  return console.OnOut(Paint::kYellow, "unknown");
}

// A name as it is declared, whether or not it was typed with backticks.
std::string Unquoted(std::string text) {
  std::erase(text, '`');
  return text;
}

}  // namespace

const std::vector<ReplSession::ReplCommand>& ReplSession::Commands() {
  static const auto* const kCommands = new std::vector<ReplCommand>{
      {"help", "", "this", &ReplSession::Help},
      {"metrics", "", "the metrics with their values", &ReplSession::ShowMetrics},
      {"rules", "", "every rule with its outcome", &ReplSession::ShowRules},
      {"explain", "RULE", "why a rule comes out as it does", &ReplSession::ExplainRule},
      {"type", "EXPR", "the type of an expression", &ReplSession::ShowType},
      {"load", "FILE", "an account from a JSON object, in place of all values", &ReplSession::Load},
      {"at", "TIME", "evaluate at that time; `:at now` goes back to the clock",
       &ReplSession::SetTime},
      {"held", "[RULE...]", "the rules that already hold the account, for `keep while`",
       &ReplSession::SetHeld},
      {"forget", "", "forget all values", &ReplSession::Forget},
      {"quit", "", "leave, as Ctrl-D does", &ReplSession::Quit},
  };
  return *kCommands;
}

void ReplSession::Run(std::string_view line) {
  const std::string_view name = line.substr(0, line.find_first_of(" \t\n"));
  std::string argument(line.substr(name.size()));
  argument.erase(0, argument.find_first_not_of(" \t\n"));
  argument.erase(argument.find_last_not_of(" \t\n") + 1);
  std::vector<std::string_view> names;
  for (const ReplCommand& command : Commands()) {
    names.push_back(command.name);
    if (command.name != name) continue;
    if (command.argument.empty() && !argument.empty()) {
      Mistake(StrCat("`:", name, "` takes nothing behind it"));
    } else if (!command.argument.empty() && command.argument.front() != '[' && argument.empty()) {
      Mistake(StrCat("`:", name, "` needs ", command.argument));
    } else {
      (this->*command.method)(argument);
    }
    return;
  }
  const std::string_view nearest = NearestWord(name, names);
  Mistake(
      StrCat("there is no command `:", EscapeUnprintable(name), "`; ",
             nearest.empty() ? "`:help` lists them" : StrCat("did you mean `:", nearest, "`?")));
}

void ReplSession::Help(const std::string& /*argument*/) {
  const std::pair<std::string_view, std::string_view> kInputs[] = {
      {"plan != \"free\"", "evaluates any expression; a condition is explained"},
      {"messages = 2500", "sets a metric; `messages = missing` takes its value away"},
      {"metric x: number", "declares: metrics, defines, scorecards, rules"},
  };
  for (const auto& [input, help] : kInputs) {
    console_->out() << "  " << Padded(std::string(input), kHelpColumn) << help << "\n";
  }
  for (const ReplCommand& command : Commands()) {
    console_->out() << "  "
                    << Padded(StrCat(":", command.name, command.argument.empty() ? "" : " ",
                                     command.argument),
                              kHelpColumn)
                    << command.help << "\n";
  }
}

void ReplSession::Quit(const std::string& /*argument*/) { is_over_ = true; }

void ReplSession::Forget(const std::string& /*argument*/) { set_.clear(); }

void ReplSession::Load(const std::string& file) {
  const AccountReaderOptions options;
  const absl::StatusOr<std::string> text = ReadFile(file, options.max_row_bytes);
  if (!text.ok()) return Mistake(FromAbsl(text.status().message()));
  const CheckedRuleSet& checked = rule_set_->checked;
  std::vector<std::string> unknown;
  const absl::StatusOr<AccountRow> row = ReadJsonAccount(checked, *text, options, &unknown);
  if (!row.ok()) return Mistake(StrCat(file, ": ", FromAbsl(row.status().message())));
  NoteUnknownMetrics(checked, rule_set_->id, unknown, console_);
  set_.clear();
  for (uint32_t i = 0; i < checked.metrics.size(); ++i) {
    if (row->account.WasSet(i)) set_[checked.metrics[i].name] = row->account.Metric(i);
  }
  ShowMetrics("");
}

void ReplSession::SetTime(const std::string& text) {
  if (text == "now") {
    at_.reset();
    return;
  }
  const std::optional<int64_t> micros = ParseTimestamp(text);
  if (!micros) {
    return Mistake(
        StrCat("`", EscapeUnprintable(text), "` is no time such as 2026-03-01T08:30:00Z"));
  }
  at_ = Timestamp{*micros};
}

void ReplSession::ShowMetrics(const std::string& /*argument*/) {
  const CheckedRuleSet& checked = rule_set_->checked;
  if (checked.metrics.empty()) {
    console_->out() << "no metrics; `metric messages: number` declares one\n";
    return;
  }
  const Account account = MakeAccount();
  int name_width = 0;
  std::vector<std::string> names;
  for (const Metric& metric : checked.metrics) {
    names.push_back(EscapeUnprintable(QuoteName(metric.name)));
    name_width = std::max(name_width, DisplayWidth(names.back()));
  }
  for (uint32_t i = 0; i < names.size(); ++i) {
    console_->out() << "  " << Padded(names[i], name_width + 1) << "= " << Shown(account.Metric(i))
                    << (account.WasSet(i) || account.Metric(i).IsMissing()
                            ? ""
                            : console_->OnOut(Paint::kDim, "  (default)"))
                    << console_->OnOut(
                           Paint::kDim,
                           StrCat("  ", EscapeUnprintable(checked.metrics[i].type.ToString())))
                    << "\n";
  }
}

void ReplSession::ShowRules(const std::string& /*argument*/) {
  const CheckedRuleSet& checked = rule_set_->checked;
  if (checked.rules.empty()) {
    console_->out() << "no rules\n";
    return;
  }
  const Account account = MakeAccount();
  const Evaluation evaluation = pql::Evaluate(checked, Input(account));
  int width = 0;
  for (const Rule& rule : checked.rules) {
    width = std::max(width, DisplayWidth(EscapeUnprintable(QuoteName(rule.name))));
  }
  for (uint32_t i = 0; i < checked.rules.size(); ++i) {
    const Rule& rule = checked.rules[i];
    console_->out() << "  " << Padded(EscapeUnprintable(QuoteName(rule.name)), width + 2)
                    << OutcomeText(evaluation.rules[i].outcome, *console_)
                    << Needs(evaluation.rules[i].missing);
    if (rule.mode != RuleMode::kActive) console_->out() << "  (" << RuleModeName(rule.mode) << ")";
    console_->out() << "\n";
  }
  if (evaluation.stage) {
    console_->out() << "stage " << EscapeUnprintable(checked.stages[*evaluation.stage]) << "\n";
  }
}

std::optional<uint32_t> ReplSession::FindRule(const std::string& name) {
  const CheckedRuleSet& checked = rule_set_->checked;
  if (const auto rule = checked.FindRule(Unquoted(name))) return rule;
  std::vector<std::string_view> names;
  for (const Rule& rule : checked.rules) names.push_back(rule.name);
  const std::string_view nearest = NearestWord(name, names);
  Mistake(StrCat("there is no rule `", EscapeUnprintable(name), "`",
                 nearest.empty() ? "" : StrCat("; did you mean `", nearest, "`?")));
  return std::nullopt;
}

void ReplSession::ExplainRule(const std::string& name) {
  const std::optional<uint32_t> rule = FindRule(name);
  if (!rule) return;
  const CheckedRuleSet& checked = rule_set_->checked;
  const Account account = MakeAccount();
  const EvaluationInput input = Input(account);
  RuleDetailFinder finder(rule_set_->sources, checked,
                          {.explanation = true, .gap = true, .next_change = true});
  const RuleDetails details = finder.Find(*rule, input);
  Json json = Json::object();
  AddDetails(rule_set_->sources, checked, details, &json);
  console_->out() << EscapeUnprintable(checked.rules[*rule].name) << ": "
                  << OutcomeText(details.explanation->result.outcome, *console_) << "\n"
                  << DetailsText(json, Style());
}

void ReplSession::SetHeld(const std::string& names) {
  std::set<std::string> held;
  std::istringstream words(names);
  for (std::string word; words >> word;) {
    const std::optional<uint32_t> rule = FindRule(word);
    if (!rule) return;
    held.insert(rule_set_->checked.rules[*rule].name);
  }
  held_ = std::move(held);
}

void ReplSession::ShowType(const std::string& text) {
  SourceSet sources = rule_set_->sources;
  const FileId file = sources.AddFile("<input>", text);
  DiagnosticSink sink;
  const ExpressionPtr expression =
      PqlFrontend().ParseCondition(sources, file, ParseLimits(), &sink);
  if (sink.has_errors()) {
    const size_t dropped = sink.dropped();
    return ShowFindings(sources, sink.Take(), dropped);
  }
  const std::optional<TypedExpression> typed = CheckExpression(*expression, sources);
  if (typed) console_->out() << EscapeUnprintable(typed->type.ToString()) << "\n";
}

}  // namespace pql
