#include "tests/rules/reference_text.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

// The order in which people look for them; a plug-in's family would come behind.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kFamilies = {{
    {"numbers", "Numbers, durations and timestamps"},
    {"text", "Text"},
    {"lists", "Lists"},
    {"time", "Time"},
    {"missing values", "Missing values"},
}};

struct Chapter {
  int first_code;
  std::string_view title;
};
constexpr std::array<Chapter, 8> kChapters = {{
    {1000, "Characters, numbers, texts"},
    {1100, "Structure, and habits of other languages"},
    {1200, "Names"},
    {1300, "Types and units"},
    {1400, "Declarations"},
    {1500, "Size of a rule set"},
    {1600, "Conditions in JsonLogic"},
    {2000, "Warnings"},
}};

// A `|` would end the cell of a table.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) StrAppend(&cell, c == '|' ? "\\" : "", std::string_view(&c, 1));
  return cell;
}

std::string FunctionRow(const FunctionDefinition& function) {
  std::string signatures;
  for (const std::string& signature : function.SignatureTexts()) {
    StrAppend(&signatures, signatures.empty() ? "" : "<br>", "`", signature, "`");
  }
  std::string example = StrCat("`", function.example, "`");
  if (!function.example_result.empty()) StrAppend(&example, " is `", function.example_result, "`");
  return StrCat("| ", Cell(signatures), " | ", Cell(function.doc), " | ", Cell(example), " |\n");
}

// Slots of a message as an ellipsis, in backticks or not.
std::string MessageForReading(std::string_view message) {
  std::string text;
  for (size_t i = 0; i < message.size(); ++i) {
    if (message[i] == '{' && i + 2 < message.size() && message[i + 2] == '}') {
      text += "…";
      i += 2;
    } else {
      text += message[i];
    }
  }
  return text;
}

// The text with what a page can't show made visible, line ends as they are.
std::string Visible(std::string_view text) {
  std::string visible;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    StrAppend(&visible, EscapeUnprintable(text.substr(0, end)), "\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return visible;
}

std::string Example(std::string_view info, std::string_view text) {
  return StrCat("```", info, "\n", Visible(text), "```\n\n");
}

// Whether its examples are JsonLogic (table/frontends.def).
bool IsOfAnotherLanguage(const DiagnosticInfo& info) {
  return 1600 <= info.code && info.code < 2000;
}

// What the block of the wrong example is, for examples_test.
std::string InfoOfWrongExample(const DiagnosticInfo& info) {
  if (IsOfAnotherLanguage(info)) return "json";
  if (StandsForItsExample(info.kind)) return "text";
  return StrCat("pql ",
                info.severity == Severity::kError ? "error=" : "finding=", CodeText(info.kind));
}

// A table row for the overview of a chapter.
std::string OverviewRow(const DiagnosticInfo& info) {
  const std::string code = CodeText(info.kind);
  return StrCat("| [", code, "](#", code, ") | `", info.name, "` | ",
                Cell(MessageForReading(info.message)), " |\n");
}

std::string Entry(const DiagnosticInfo& info) {
  const std::string code = CodeText(info.kind);
  return StrCat("### <a id=\"", code, "\"></a>", code, " `", info.name, "`\n\n",
                SeverityName(info.severity), ": ", MessageForReading(info.message), "\n\n",
                info.explanation, "\n\nWrong:\n\n", Example(InfoOfWrongExample(info), info.wrong),
                "Right:\n\n", Example(IsOfAnotherLanguage(info) ? "json" : "pql", info.right));
}

}  // namespace

bool StandsForItsExample(DiagnosticKind kind) {
  switch (kind) {
    case DiagnosticKind::kTextTooLarge:
    case DiagnosticKind::kInvalidUtf8:
    case DiagnosticKind::kTooManyTokens:
    case DiagnosticKind::kBidiControl:
    case DiagnosticKind::kInvisibleCharacter:
    case DiagnosticKind::kTooManyRules:
    case DiagnosticKind::kRuleSetTooLarge:
      return true;
    default:
      return false;
  }
}

std::string FunctionReference(const FunctionRegistry& registry) {
  std::map<std::string_view, std::vector<const FunctionDefinition*>> by_family;
  for (const FunctionDefinition* function : registry.All()) {
    by_family[function->family].push_back(function);
  }
  std::string text;
  for (const auto& [family, title] : kFamilies) {
    StrAppend(&text, text.empty() ? "" : "\n", "**", title, "**\n\n",
              "| function | what it gives | example |\n|---|---|---|\n");
    for (const FunctionDefinition* function : by_family[family]) {
      text += FunctionRow(*function);
    }
    by_family.erase(family);
  }
  for (const auto& [family, functions] : by_family) {
    StrAppend(&text, "\n**", family,
              "**\n\n| function | what it gives | example |\n|---|---|---|\n");
    for (const FunctionDefinition* function : functions) text += FunctionRow(*function);
  }
  return text;
}

std::string DiagnosticReference() {
  std::string text;
  for (size_t i = 0; i < kChapters.size(); ++i) {
    std::string overview;
    std::string entries;
    for (const DiagnosticInfo& info : AllDiagnostics()) {
      const bool belongs = info.code >= kChapters[i].first_code &&
                           (i + 1 == kChapters.size() || info.code < kChapters[i + 1].first_code);
      if (!belongs) continue;
      overview += OverviewRow(info);
      entries += Entry(info);
    }
    if (entries.empty()) continue;
    StrAppend(&text, "## ", kChapters[i].title,
              "\n\n| code | name | what is seen |\n|---|---|---|\n", overview, "\n", entries);
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

std::optional<std::string> ReplaceSection(std::string_view document, std::string_view section,
                                          std::string_view content) {
  const std::string first = StrCat("<!-- ", section, ": begin -->\n");
  const std::string last = StrCat("<!-- ", section, ": end -->");
  const size_t begin = document.find(first);
  const size_t end = document.find(last);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
  return StrCat(document.substr(0, begin + first.size()), content, document.substr(end));
}

}  // namespace pql
