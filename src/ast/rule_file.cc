#include "ast/rule_file.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

bool Same(const NameSyntax& a, const NameSyntax& b) { return a.text == b.text; }
bool Same(const TextSyntax& a, const TextSyntax& b) { return a.text == b.text; }
bool Same(const ExpressionPtr& a, const ExpressionPtr& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return SameExpression(*a, *b);
}
bool Same(const GivenSyntax& a, const GivenSyntax& b) {
  return Same(a.metric, b.metric) && Same(a.value, b.value);
}
bool Same(const ScorecardLineSyntax& a, const ScorecardLineSyntax& b) {
  return a.subtract == b.subtract && Same(a.points, b.points) && Same(a.condition, b.condition) &&
         Same(a.per, b.per) && Same(a.of, b.of) && Same(a.up_to, b.up_to);
}
template <typename T>
bool Same(const std::optional<T>& a, const std::optional<T>& b) {
  return a.has_value() == b.has_value() && (!a.has_value() || Same(*a, *b));
}
template <typename T>
bool Same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const T& x, const T& y) { return Same(x, y); });
}

bool Same(const MetricSyntax& a, const MetricSyntax& b) {
  return Same(a.name, b.name) && a.type.name == b.type.name && a.type.element == b.type.element &&
         Same(a.type.options, b.type.options) && Same(a.unit, b.unit) &&
         Same(a.default_value, b.default_value) && Same(a.kind, b.kind) && Same(a.doc, b.doc);
}
bool Same(const DefineSyntax& a, const DefineSyntax& b) {
  return a.is_output == b.is_output && Same(a.name, b.name) && Same(a.value, b.value);
}
bool Same(const ScorecardSyntax& a, const ScorecardSyntax& b) {
  return Same(a.name, b.name) && Same(a.title, b.title) && Same(a.cap, b.cap) &&
         Same(a.floor, b.floor) && Same(a.lines, b.lines);
}
bool Same(const StagesSyntax& a, const StagesSyntax& b) { return Same(a.stages, b.stages); }
bool Same(const RuleSyntax& a, const RuleSyntax& b) {
  return Same(a.name, b.name) && Same(a.title, b.title) && Same(a.description, b.description) &&
         Same(a.owner, b.owner) && Same(a.tags, b.tags) && Same(a.stage, b.stage) &&
         Same(a.mode, b.mode) && Same(a.when, b.when) && Same(a.unless, b.unless) &&
         Same(a.keep_while, b.keep_while) && Same(a.active_from, b.active_from) &&
         Same(a.active_until, b.active_until) && Same(a.score, b.score);
}
bool Same(const TestSyntax& a, const TestSyntax& b) {
  return Same(a.name, b.name) && Same(a.at, b.at) && Same(a.given, b.given) &&
         Same(a.previously, b.previously) && Same(a.expects, b.expects);
}

// Whether `part`, between two dots, needs no backticks.  Reserved words are plain after a dot.
bool IsPlainPart(std::string_view part, bool first) {
  return IsIdentifier(part) && !(first && IsReservedWord(part));
}

}  // namespace

bool SameRuleFile(const RuleFile& a, const RuleFile& b) {
  if (a.declarations.size() != b.declarations.size()) return false;
  for (size_t i = 0; i < a.declarations.size(); ++i) {
    const auto& left = a.declarations[i].body;
    const auto& right = b.declarations[i].body;
    if (left.index() != right.index()) return false;
    const bool same = std::visit(
        [&right](const auto& body) {
          return Same(body, std::get<std::decay_t<decltype(body)>>(right));
        },
        left);
    if (!same) return false;
  }
  return true;
}

std::string QuoteName(std::string_view name) {
  bool plain = true;
  size_t begin = 0;
  while (plain) {
    const size_t dot = name.find('.', begin);
    plain = IsPlainPart(name.substr(begin, dot - begin), begin == 0);
    if (dot == std::string_view::npos) break;
    begin = dot + 1;
  }
  return plain ? std::string(name) : StrCat("`", name, "`");
}

std::string QuoteString(std::string_view text) {
  std::string out = "\"";
  size_t offset = 0;
  while (offset < text.size()) {
    const size_t begin = offset;
    const char32_t c = DecodeUtf8(text, &offset);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c < 0x20 || (IsInvisible(c) && IsUnprintable(c))) {
      // Joiners and variation selectors stay: they are part of Persian words and of emoji.
      StrAppend(&out, "\\u{", absl::Hex(static_cast<uint32_t>(c)), "}");
    } else {
      out.append(text.substr(begin, offset - begin));
    }
  }
  return out + "\"";
}

bool IsReservedWord(std::string_view word) {
  static constexpr std::array<std::string_view, 11> kReserved = {
      "and", "or", "not", "in", "is", "between", "true", "false", "if", "then", "else"};
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
}

}  // namespace pql
