// naming: names that are not snake_case.  Scripts without capital letters have nothing to hold to
// but the separator.

#include <string>
#include <string_view>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"
#include "lint/all_checks.h"

namespace pql {
namespace {

struct Letter {
  std::string_view text;  // one character
  bool in_word = false;   // letters and digits, as opposed to what stands between words
  bool is_capital = false;
};

std::vector<Letter> LettersOf(std::string_view name) {
  std::vector<Letter> letters;
  for (size_t offset = 0; offset < name.size();) {
    const size_t begin = offset;
    const char32_t point = DecodeUtf8(name, &offset);
    const std::string_view text = name.substr(begin, offset - begin);
    letters.push_back({text, point != '_' && IsIdentifierContinue(point), ToLower(text) != text});
  }
  return letters;
}

// `MessagesSent`, `messages-sent`, `Messages Sent`: `messages_sent`; `APICalls`: `api_calls`.
std::string SnakeCase(std::string_view name) {
  const std::vector<Letter> letters = LettersOf(name);
  std::string snake;
  for (size_t i = 0; i < letters.size(); ++i) {
    const Letter& letter = letters[i];
    const bool begins_part = snake.empty() || snake.ends_with('.');
    if (letter.text == ".") {
      snake += '.';
    } else if (!letter.in_word) {
      if (begins_part ? letter.text == "_" : !snake.ends_with('_')) snake += '_';
    } else {
      const bool follows_small = i > 0 && letters[i - 1].in_word && !letters[i - 1].is_capital;
      const bool precedes_small =
          i + 1 < letters.size() && letters[i + 1].in_word && !letters[i + 1].is_capital;
      const bool begins_word = letter.is_capital && !begins_part && !snake.ends_with('_') &&
                               (follows_small || precedes_small);
      StrAppend(&snake, begins_word ? "_" : "", ToLower(letter.text));
    }
  }
  while (snake.ends_with('_')) snake.pop_back();
  return snake;
}

class NamingCheck {
 public:
  explicit NamingCheck(LintContext* context) : context_(context) {}

  void Look(std::string_view what, const NameSyntax& name) const {
    const std::string snake = SnakeCase(name.text);
    if (snake == name.text) return;
    Diagnostic& finding = context_->Report(DiagnosticKind::kNaming, name.range, {what, name.text});
    if (!snake.empty() && IsIdentifierStart(FirstOf(snake))) {
      finding.hint = StrCat("write `", snake, "`");
    }
  }

 private:
  static char32_t FirstOf(std::string_view text) {
    size_t offset = 0;
    return DecodeUtf8(text, &offset);
  }

  LintContext* context_;
};

}  // namespace

void CheckNaming(LintContext* context) {
  const NamingCheck check(context);
  for (const RuleFile& file : context->rule_set().files) {
    for (const Declaration& declaration : file.declarations) {
      if (const auto* metric = declaration.As<MetricSyntax>()) {
        check.Look("metric", metric->name);
      } else if (const auto* define = declaration.As<DefineSyntax>()) {
        check.Look(define->is_output ? "output" : "define", define->name);
      } else if (const auto* scorecard = declaration.As<ScorecardSyntax>()) {
        check.Look("scorecard", scorecard->name);
      } else if (const auto* rule = declaration.As<RuleSyntax>()) {
        check.Look("rule", rule->name);
      } else if (const auto* stages = declaration.As<StagesSyntax>()) {
        for (const NameSyntax& stage : stages->stages) check.Look("stage", stage);
      }
    }
  }
}

}  // namespace pql
