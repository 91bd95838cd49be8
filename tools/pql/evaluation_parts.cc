#include "tools/pql/evaluation_parts.h"

#include <algorithm>

#include "base/strings.h"
#include "base/unicode.h"
#include "tools/pql/console.h"

namespace pql {

std::string AccountLine(std::string_view account_id, std::string_view stage, bool color) {
  return StrCat(Painted(color, Paint::kBold, StrCat("account ", EscapeUnprintable(account_id))),
                stage.empty() ? "  no stage" : StrCat("  stage ", EscapeUnprintable(stage)), "\n");
}

std::string RuleHead(std::string_view rule, std::string_view outcome, bool color) {
  const bool qualified = outcome == "QUALIFIED";
  const bool unknown = outcome == "UNKNOWN";
  const std::string_view word = qualified ? "QUALIFIED" : unknown ? "UNKNOWN" : "NOT QUALIFIED";
  const Paint paint = qualified ? Paint::kGreen : unknown ? Paint::kYellow : Paint::kDim;
  return StrCat("  ", Painted(color, paint, word), std::string(15 - word.size(), ' '),
                EscapeUnprintable(rule));
}

std::string UnknownReason(const Json& missing) {
  return missing.empty() ? "  no metric would decide it (a division by zero?)"
                         : StrCat("  missing: ", ShownValue(missing));
}

std::string ShownValue(const Json& value) {
  if (value.is_string()) return EscapeUnprintable(value.get<std::string>());
  if (!value.is_array()) return CompactJson(value);
  std::string text;
  for (const Json& element : value) StrAppend(&text, text.empty() ? "" : ", ", ShownValue(element));
  return text.empty() ? "none" : text;
}

void AppendCsvCell(std::string_view cell, std::string* out) {
  const bool is_plain =
      std::none_of(cell.begin(), cell.end(),
                   [](char c) { return c == ',' || c == '"' || c == '\r' || c == '\n'; }) &&
      (cell.empty() || (cell.front() != ' ' && cell.back() != ' '));
  if (is_plain) {
    *out += cell;
    return;
  }
  *out += '"';
  for (const char c : cell) {
    if (c == '"') *out += '"';
    *out += c;
  }
  *out += '"';
}

std::string CsvValue(const Json& value) {
  return value.is_string() ? value.get<std::string>() : CompactJson(value);
}

}  // namespace pql
