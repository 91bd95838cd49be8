// todo: something that was left for later, in a comment or in a text that people read.

#include <cctype>
#include <optional>
#include <string_view>

#include "lint/all_checks.h"

namespace pql {
namespace {

bool IsWordCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_';
}

// The first `TODO`, `FIXME` or `XXX` that is a word of its own.
std::optional<std::pair<size_t, size_t>> FindMark(std::string_view text) {
  for (const std::string_view mark : {"TODO", "FIXME", "XXX"}) {
    for (size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1)) {
      const size_t end = at + mark.size();
      const bool begins = at == 0 || !IsWordCharacter(text[at - 1]);
      const bool ends = end == text.size() || !IsWordCharacter(text[end]);
      if (begins && ends) return std::pair(at, mark.size());
    }
  }
  return std::nullopt;
}

void Look(SourceRange range, LintContext* context) {
  const std::string_view text = context->rule_set().sources.Text(range);
  const auto mark = FindMark(text);
  if (!mark) return;
  const auto begin = range.begin + static_cast<uint32_t>(mark->first);
  context->Report(DiagnosticKind::kTodo,
                  {range.file, begin, begin + static_cast<uint32_t>(mark->second)},
                  {text.substr(mark->first, mark->second)});
}

void LookAtText(const std::optional<TextSyntax>& text, LintContext* context) {
  if (text) Look(text->range, context);
}

}  // namespace

void CheckTodo(LintContext* context) {
  for (const RuleFile& file : context->rule_set().files) {
    for (const Comment& comment : file.comments) Look(comment.range, context);
    for (const Declaration& declaration : file.declarations) {
      if (const auto* metric = declaration.As<MetricSyntax>()) {
        LookAtText(metric->doc, context);
      } else if (const auto* scorecard = declaration.As<ScorecardSyntax>()) {
        LookAtText(scorecard->title, context);
      } else if (const auto* rule = declaration.As<RuleSyntax>()) {
        LookAtText(rule->title, context);
        LookAtText(rule->description, context);
        LookAtText(rule->owner, context);
      }
    }
  }
}

}  // namespace pql
