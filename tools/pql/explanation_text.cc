#include "tools/pql/explanation_text.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"
#include "tools/pql/console.h"

namespace pql {
namespace {

constexpr int kMaxSourceWidth = 48;  // of a line; beyond it, sentences are not aligned
constexpr int kMaxShownWidth = 100;  // of a source that its parts repeat anyway

// The elements of a list field; none when it is not there.
const Json& ListOf(const Json& object, const char* name) {
  static const Json kNone = Json::array();
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : kNone;
}

std::string Isolated(std::string_view text) { return IsolateRightToLeft(EscapeUnprintable(text)); }

std::string CutTo(std::string text, int width) {
  if (DisplayWidth(text) <= width) return text;
  std::string cut;
  for (size_t offset = 0, begin = 0; offset < text.size(); begin = offset) {
    DecodeUtf8(text, &offset);
    const std::string longer = cut + text.substr(begin, offset - begin);
    if (DisplayWidth(longer) > width - 3) break;
    cut = longer;
  }
  return cut + "...";
}

// One line of the tree: on the left what it is, on the right what was seen.
struct Line {
  int depth = 0;
  std::string truth;  // "TRUE", "FALSE", "MISSING"; empty: no condition
  std::string left;
  std::string right;
};

// What a clause means for the rule, which its truth alone does not say.
std::string RemarkOf(const std::string& clause, const std::string& truth) {
  if (clause == "unless") {
    if (truth == "TRUE") return "applies, so the rule does not";
    return truth == "FALSE" ? "does not apply" : "may apply";
  }
  if (clause == "keep while" && truth == "TRUE") return "enough, for the rule holds the account";
  return "";
}

// `unless` speaks for the rule when it does not hold.
std::string Against(const std::string& truth) {
  return truth == "TRUE" ? "FALSE" : truth == "FALSE" ? "TRUE" : truth;
}

// An `and`, `or` or `at least`, whose parts follow.
bool IsCombination(const Json& node) {
  return !ListOf(node, "children").empty() && ListOf(node, "values").empty() &&
         !TextOf(node, "sentence").empty() && TextOf(node, "source").find(' ') != std::string::npos;
}

void AddLines(const Json& node, int depth, std::vector<Line>* lines) {
  const std::string clause = TextOf(node, "clause");
  const Json* children = &ListOf(node, "children");
  std::string sentence = TextOf(node, "sentence");
  // A name for a combination takes its place.
  if (sentence.empty() && children->size() == 1 && IsCombination(children->front())) {
    sentence = TextOf(children->front(), "sentence");
    children = &ListOf(children->front(), "children");
  }
  Line line{depth, TextOf(node, "outcome"), Isolated(clause), Isolated(sentence)};
  const std::string remark = RemarkOf(clause, line.truth);
  if (!remark.empty()) StrAppend(&line.right, line.right.empty() ? "" : ": ", remark);
  // The source of a clause that combines others says nothing that the parts below don't.
  if (clause.empty() || !IsCombination(node)) {
    StrAppend(&line.left, line.left.empty() ? "" : " ",
              CutTo(Isolated(TextOf(node, "source")),
                    children->empty() ? kMaxShownWidth : kMaxSourceWidth));
  }
  if (clause == "unless") line.truth = Against(line.truth);
  lines->push_back(std::move(line));
  for (const Json& child : *children) AddLines(child, depth + 1, lines);
}

std::string MarkOf(const std::string& truth, const ExplanationStyle& style) {
  if (truth == "TRUE") return Painted(style.color, Paint::kGreen, style.utf8 ? "✓" : "yes");
  if (truth == "FALSE") return Painted(style.color, Paint::kRed, style.utf8 ? "✗" : "no ");
  const std::string_view pad = style.utf8 ? "" : "  ";
  if (truth == "MISSING") return StrCat(Painted(style.color, Paint::kYellow, "?"), pad);
  return StrCat(style.utf8 ? "·" : "-", pad);
}

int WidthOf(const Line& line) { return 2 * line.depth + DisplayWidth(line.left); }

std::string LinesText(const std::vector<Line>& lines, const ExplanationStyle& style) {
  int width = 0;
  for (const Line& line : lines) {
    if (!line.right.empty() && WidthOf(line) <= kMaxSourceWidth) {
      width = std::max(width, WidthOf(line));
    }
  }
  std::string text;
  for (const Line& line : lines) {
    StrAppend(&text, std::string(style.indent + 2 * static_cast<size_t>(line.depth), ' '),
              MarkOf(line.truth, style), " ", line.left);
    if (!line.right.empty()) {
      const int padding = std::max(0, width - WidthOf(line));
      StrAppend(&text, std::string(static_cast<size_t>(padding), ' '), "  ",
                Painted(style.color, Paint::kDim, line.right));
    }
    text += "\n";
  }
  return text;
}

std::string GapText(const Json& gap, const ExplanationStyle& style) {
  const std::string indent(style.indent, ' ');
  const Json& changes = ListOf(gap, "changes");
  if (changes.empty()) return StrCat(indent, Isolated(TextOf(gap, "impossible")), "\n");
  std::string text = StrCat(indent, Painted(style.color, Paint::kBold, "what is missing:"), "\n");
  for (const Json& change : changes) {
    StrAppend(&text, indent, "  ", Isolated(TextOf(change, "sentence")), "\n");
  }
  return text;
}

std::string NextChangeText(const Json& change, const ExplanationStyle& style) {
  std::string outcome = TextOf(change, "outcome");
  std::replace(outcome.begin(), outcome.end(), '_', ' ');
  return StrCat(std::string(style.indent, ' '), "changes by itself at ",
                Isolated(TextOf(change, "time")), ": becomes ", Isolated(outcome), "\n");
}

}  // namespace

bool LocaleIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string locale = ToLower(value);
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

std::string ExplanationText(const Json& explanation, const ExplanationStyle& style) {
  std::vector<Line> lines;
  AddLines(explanation, 0, &lines);
  return LinesText(lines, style);
}

std::string DetailsText(const Json& rule, const ExplanationStyle& style) {
  std::string text;
  if (const auto found = rule.find("explanation"); found != rule.end()) {
    std::vector<Line> lines;
    for (const Json& clause : ListOf(*found, "children")) AddLines(clause, 0, &lines);
    text += LinesText(lines, style);
  }
  if (const auto found = rule.find("gap"); found != rule.end()) text += GapText(*found, style);
  if (const auto found = rule.find("nextChange"); found != rule.end()) {
    text += NextChangeText(*found, style);
  }
  return text;
}

}  // namespace pql
