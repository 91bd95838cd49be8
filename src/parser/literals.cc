#include "parser/literals.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

#include "ast/rule_file.h"
#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/unicode.h"

namespace pql {
namespace {

// A numeric token taken apart: `1_000.5MB` is digits `1_000.5`, suffix `MB`.
struct Parts {
  std::string_view digits;
  std::string_view suffix;
  std::string plain;  // the digits without `_` and leading zeros
};

std::string StripZeros(std::string digits) {
  size_t zeros = 0;
  while (zeros + 1 < digits.size() && digits[zeros] == '0' && IsDigit(digits[zeros + 1])) ++zeros;
  return digits.substr(zeros);
}

Parts TakeApart(std::string_view text) {
  size_t end = 0;
  bool dot = false;
  while (end < text.size()) {
    const bool digit = IsDigit(text[end]) || text[end] == '_';
    const bool first_dot =
        text[end] == '.' && !dot && end + 1 < text.size() && IsDigit(text[end + 1]);
    if (!digit && !first_dot) break;
    dot = dot || first_dot;
    ++end;
  }
  Parts parts{text.substr(0, end), text.substr(end), {}};
  for (const char c : parts.digits) {
    if (c != '_') parts.plain.push_back(c);
  }
  parts.plain = StripZeros(parts.plain);
  return parts;
}

bool MisplacedUnderscore(std::string_view digits) {
  for (size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] != '_') continue;
    if (i == 0 || i + 1 == digits.size() || !IsDigit(digits[i - 1]) || !IsDigit(digits[i + 1])) {
      return true;
    }
  }
  return false;
}

bool LeadingZero(std::string_view digits) {
  return digits.size() > 1 && digits[0] == '0' && digits[1] != '.';
}

struct SizeUnit {
  std::string_view name;
  int decimal_exponent;  // of a power of ten
  int binary_exponent;   // of a power of two
};
constexpr std::array<SizeUnit, 8> kSizeUnits = {{{"KB", 3, 0},
                                                 {"MB", 6, 0},
                                                 {"GB", 9, 0},
                                                 {"TB", 12, 0},
                                                 {"KiB", 0, 10},
                                                 {"MiB", 0, 20},
                                                 {"GiB", 0, 30},
                                                 {"TiB", 0, 40}}};

const SizeUnit* FindSizeUnit(std::string_view suffix) {
  const std::string lower = ToLower(suffix);
  for (const SizeUnit& unit : kSizeUnits) {
    if (ToLower(unit.name) == lower) return &unit;
  }
  return nullptr;
}

// The nearest double of the decimal `plain` times a power of ten and one of two.
std::optional<double> Scaled(const std::string& plain, int decimal_exponent, int binary_exponent) {
  std::optional<double> number = ParseNumber(StrCat(plain, "e", decimal_exponent));
  if (number.has_value()) *number *= static_cast<double>(int64_t{1} << binary_exponent);
  return number;
}

ParsedLiteral Failed(LiteralFinding finding) { return {std::nullopt, std::move(finding)}; }

ParsedLiteral NumberLiteral(Literal::Kind kind, std::optional<double> number,
                            std::string_view text) {
  if (!number.has_value()) return Failed({DiagnosticKind::kNumberOutOfRange, {}, {}, {}});
  Literal literal = Literal::Number(*number);
  literal.kind = kind;
  literal.spelling = std::string(text);
  return {std::move(literal), std::nullopt};
}

// Numbers of another spelling than the language's own: parsed as the right form, which `kind`
// reports.
ParsedLiteral Respelled(DiagnosticKind kind, std::string_view text, const std::string& right,
                        bool safe = true) {
  ParsedLiteral parsed = ParseNumeric(right);
  parsed.finding = LiteralFinding{kind, {text, right}, {}, right, safe};
  return parsed;
}

struct DurationWord {
  std::string_view word;
  char unit;
};
constexpr DurationWord kDurationWords[] = {
    {"day", 'd'},   {"days", 'd'}, {"hour", 'h'},   {"hours", 'h'},   {"hr", 'h'},
    {"hrs", 'h'},   {"min", 'm'},  {"mins", 'm'},   {"minute", 'm'},  {"minutes", 'm'},
    {"sec", 's'},   {"secs", 's'}, {"second", 's'}, {"seconds", 's'}, {"week", 'w'},
    {"weeks", 'w'}, {"wk", 'w'},   {"wks", 'w'},    {"d", 'd'},       {"h", 'h'},
    {"s", 's'},     {"w", 'w'},    {"m", 'm'}};

char DurationUnit(std::string_view word) {
  const std::string lower = ToLower(word);
  for (const DurationWord& row : kDurationWords) {
    if (row.word == lower) return row.unit;
  }
  return 0;
}

int64_t UnitMicros(char unit) {
  switch (unit) {
    case 'w':
      return 7 * kMicrosPerDay;
    case 'd':
      return kMicrosPerDay;
    case 'h':
      return kMicrosPerHour;
    case 'm':
      return kMicrosPerMinute;
    default:
      return kMicrosPerSecond;
  }
}

// Months and years as days, by their usual lengths; 0 for any other word.
int DaysOfCalendarUnit(std::string_view word) {
  const std::string lower = ToLower(word);
  for (const std::string_view month : {"mo", "mon", "month", "months"}) {
    if (lower == month) return 30;
  }
  for (const std::string_view year : {"y", "yr", "yrs", "year", "years"}) {
    if (lower == year) return 365;
  }
  return 0;
}

ParsedLiteral ParseDurationToken(std::string_view text) {
  const ParsedDuration parsed = ParseDurationLiteral(text);
  if (!parsed.error.has_value()) {
    Literal literal = Literal::Duration(parsed.micros);
    literal.spelling = std::string(text);
    return {std::move(literal), std::nullopt};
  }
  switch (*parsed.error) {
    case DurationError::kOutOfRange:
      return Failed({DiagnosticKind::kDurationOutOfRange, {text}, {}, {}});
    case DurationError::kUnitOrder:
      return Failed({DiagnosticKind::kDurationUnitOrder, {text}, {}, {}});
    case DurationError::kLeadingZero: {
      std::string right;
      for (size_t i = 0; i < text.size();) {
        size_t end = i;
        while (end < text.size() && IsDigit(text[end])) ++end;
        right += StripZeros(std::string(text.substr(i, end - i)));
        if (end < text.size()) right += text[end++];
        i = end;
      }
      const ParsedDuration again = ParseDurationLiteral(right);
      ParsedLiteral result = Failed({DiagnosticKind::kLeadingZero, {text, right}, {}, right});
      if (!again.error.has_value()) result.value = Literal::Duration(again.micros);
      return result;
    }
    case DurationError::kMalformed:
      break;
  }
  const std::string_view suffix = text.substr(text.find_first_not_of("0123456789"));
  return Failed({DiagnosticKind::kUnknownNumberSuffix, {text, suffix}, {}, {}});
}

// `1.5d`, `2.5 hours`.
ParsedLiteral FractionalDuration(std::string_view text, const Parts& parts, char unit) {
  const std::optional<double> number = ParseNumber(parts.plain);
  const double micros = number.value_or(0) * static_cast<double>(UnitMicros(unit));
  LiteralFinding finding{DiagnosticKind::kFractionalDuration, {text}, {}, {}};
  // Exact only where it is a whole number of seconds.
  const auto whole = micros < 9e18 ? static_cast<int64_t>(micros) : int64_t{1};
  if (static_cast<double>(whole) == micros && whole % kMicrosPerSecond == 0) {
    finding.replacement = FormatDuration(whole);
    finding.hint = StrCat("write `", finding.replacement, "`");
    return {Literal::Duration(whole), std::move(finding)};
  }
  return Failed(std::move(finding));
}

// `2_000_000` for `2.000.000`; empty for anything else.
std::string WithoutGroupDots(std::string_view text) {
  size_t group = text.find('.');
  if (group == text.npos || group == 0 || group > 3 || text[0] == '0') return {};
  std::string right(text.substr(0, group));
  for (; group < text.size(); group += 4) {
    const std::string_view digits = text.substr(group + 1, 3);
    if (text[group] != '.' || digits.size() < 3 ||
        !std::all_of(digits.begin(), digits.end(), IsDigit)) {
      return {};
    }
    StrAppend(&right, "_", digits);
  }
  return right;
}

// `e3`, `e-3`.
bool IsExponent(std::string_view lower) {
  if (lower.size() < 2 || lower[0] != 'e') return false;
  lower.remove_prefix(lower[1] == '+' || lower[1] == '-' ? 2 : 1);
  return !lower.empty() && std::all_of(lower.begin(), lower.end(), IsDigit);
}

ParsedLiteral ParseSuffixed(std::string_view text, const Parts& parts) {
  const std::string_view suffix = parts.suffix;
  const std::string lower = ToLower(suffix);
  if (const SizeUnit* unit = FindSizeUnit(suffix)) {
    if (unit->name != suffix) {
      return Respelled(DiagnosticKind::kUnitSpelling, text, StrCat(parts.digits, unit->name));
    }
  }
  if (lower == "k" || suffix == "M" || lower == "bn" || lower == "mio" || lower == "mn") {
    const int exponent = lower == "k" ? 3 : lower == "bn" ? 9 : 6;
    const std::optional<double> number = Scaled(parts.plain, exponent, 0);
    if (number.has_value()) {
      return Respelled(DiagnosticKind::kThousandsSuffix, text, FormatGroupedNumber(*number));
    }
  }
  if (lower == "b" || lower == "bytes") {
    return Respelled(DiagnosticKind::kUnitSpelling, text, std::string(parts.digits));
  }
  if (const char unit = DurationUnit(suffix)) {
    if (parts.digits.find('.') != std::string_view::npos) {
      return FractionalDuration(text, parts, unit);
    }
    return Respelled(DiagnosticKind::kUnitSpelling, text,
                     StrCat(parts.plain, std::string(1, unit)));
  }
  if (const int days = DaysOfCalendarUnit(suffix)) {
    LiteralFinding finding{DiagnosticKind::kNoMonths, {text}, {}, {}};
    const std::optional<double> number = ParseNumber(parts.plain);
    if (number.has_value() && *number < 10'000 &&
        parts.digits.find('.') == std::string_view::npos) {
      const int64_t total = static_cast<int64_t>(*number) * days;
      finding.replacement = StrCat(total, "d");
      finding.hint = StrCat("write days, such as `", finding.replacement, "`");
      finding.safe = false;
      return {Literal::Duration(total * kMicrosPerDay), std::move(finding)};
    }
    return Failed(std::move(finding));
  }
  // `1D12H`.
  if (lower != suffix && !ParseDurationLiteral(ToLower(text)).error.has_value()) {
    return Respelled(DiagnosticKind::kUnitSpelling, text, ToLower(text));
  }
  if (IsExponent(lower)) {
    const std::optional<double> number = ParseNumber(StrCat(parts.plain, lower));
    if (number.has_value()) {
      return Respelled(DiagnosticKind::kExponent, text, FormatGroupedNumber(*number));
    }
    return Failed({DiagnosticKind::kNumberOutOfRange, {text}, {}, {}});
  }
  if (std::string right = WithoutGroupDots(text); !right.empty()) {
    ParsedLiteral parsed = ParseNumeric(right);
    parsed.finding =
        LiteralFinding{DiagnosticKind::kThousandsComma, {text, right, "dots"}, {}, right};
    return parsed;
  }
  return Failed({DiagnosticKind::kUnknownNumberSuffix, {text, suffix}, {}, {}});
}

}  // namespace

ParsedLiteral ParseNumeric(std::string_view text) {
  if (text[0] == '.') {
    return Respelled(DiagnosticKind::kIncompleteNumber, text, StrCat("0", text));
  }
  const Parts parts = TakeApart(text);
  const std::string_view suffix = parts.suffix;
  const bool size = FindSizeUnit(suffix) != nullptr && FindSizeUnit(suffix)->name == suffix;
  if (suffix.empty() || suffix == "%" || size) {
    const std::string right = StrCat(parts.plain, suffix);
    if (MisplacedUnderscore(parts.digits)) {
      return Respelled(DiagnosticKind::kMisplacedUnderscore, text, right);
    }
    if (LeadingZero(parts.digits)) return Respelled(DiagnosticKind::kLeadingZero, text, right);
    if (suffix.empty()) {
      return NumberLiteral(Literal::Kind::kNumber, ParseNumber(parts.plain), text);
    }
    if (suffix == "%") {
      return NumberLiteral(Literal::Kind::kPercent, Scaled(parts.plain, -2, 0), text);
    }
    const SizeUnit* unit = FindSizeUnit(suffix);
    return NumberLiteral(Literal::Kind::kSize,
                         Scaled(parts.plain, unit->decimal_exponent, unit->binary_exponent), text);
  }
  const bool duration_letters = std::all_of(suffix.begin(), suffix.end(), [](char c) {
    return IsDigit(c) || std::string_view("wdhms").find(c) != std::string_view::npos;
  });
  if (duration_letters && !IsDigit(suffix.back()) &&
      parts.digits.find('.') == std::string_view::npos) {
    if (MisplacedUnderscore(parts.digits)) {
      return Respelled(DiagnosticKind::kMisplacedUnderscore, text, StrCat(parts.plain, suffix));
    }
    std::string plain;
    std::copy_if(text.begin(), text.end(), std::back_inserter(plain),
                 [](char c) { return c != '_'; });
    return ParseDurationToken(plain);
  }
  return ParseSuffixed(text, parts);
}

namespace {

std::string TwoDigits(std::string_view digits) {
  return digits.size() == 1 ? StrCat("0", digits) : std::string(digits);
}

// What `2026-3-1 8:30` should have been, or empty.
std::string RespellTimestamp(std::string_view text) {
  std::vector<std::string_view> numbers;
  size_t i = 0;
  while (i < text.size() && numbers.size() < 6) {
    const size_t begin = i;
    while (i < text.size() && IsDigit(text[i])) ++i;
    numbers.push_back(text.substr(begin, i - begin));
    const char separator = i < text.size() ? text[i] : '\0';
    const std::string_view allowed = numbers.size() < 3 ? "-" : numbers.size() == 3 ? "Tt " : ":";
    if (allowed.find(separator) == std::string_view::npos) break;
    ++i;
  }
  if (numbers.size() < 3) return {};
  std::string right = StrCat(numbers[0], "-", TwoDigits(numbers[1]), "-", TwoDigits(numbers[2]));
  if (numbers.size() == 3) return right;
  StrAppend(&right, "T", TwoDigits(numbers[3]));
  for (size_t k = 4; k < 6; ++k) {
    StrAppend(&right, ":", k < numbers.size() ? TwoDigits(numbers[k]) : "00");
  }
  std::string_view rest = text.substr(i);
  if (!rest.empty() && rest[0] == '.') {
    const size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    StrAppend(&right, rest.substr(0, std::min<size_t>(end, 7)));
    rest.remove_prefix(end);
  }
  return StrCat(right, rest.empty() ? "Z" : rest);
}

}  // namespace

ParsedLiteral ParseTimestampToken(std::string_view text) {
  if (const std::optional<int64_t> micros = ParseTimestamp(text)) {
    Literal literal = Literal::Timestamp(*micros);
    literal.spelling = std::string(text);
    return {std::move(literal), std::nullopt};
  }
  const std::string right = RespellTimestamp(text);
  const std::optional<int64_t> micros = right.empty() ? std::nullopt : ParseTimestamp(right);
  if (micros.has_value()) {
    Literal literal = Literal::Timestamp(*micros);
    literal.spelling = right;
    return {std::move(literal),
            LiteralFinding{
                DiagnosticKind::kMalformedTimestamp, {text}, StrCat("write `", right, "`"), right}};
  }
  // In its own way right, but before the first or after the last year: also by its offset.
  const bool year = text.find('-') > 4 || text.substr(0, 4) == "0000" ||
                    ParseTimestamp(StrCat("2001", text.substr(4))).has_value();
  return Failed({year ? DiagnosticKind::kTimestampOutOfRange : DiagnosticKind::kMalformedTimestamp,
                 {text},
                 {},
                 {}});
}

namespace {

// Resolves the escape behind the backslash at `*offset` and moves behind it.
std::optional<LiteralFinding> Unescape(std::string_view body, size_t* offset, std::string* out) {
  const size_t begin = *offset - 1;
  size_t next = *offset;
  const char32_t c = DecodeUtf8(body, &next);
  *offset = next;
  switch (c) {
    case 'n':
      out->push_back('\n');
      return std::nullopt;
    case 't':
      out->push_back('\t');
      return std::nullopt;
    case '"':
      out->push_back('"');
      return std::nullopt;
    case '\\':
      out->push_back('\\');
      return std::nullopt;
    case '\'':
      out->push_back('\'');
      return std::nullopt;
    case 'u':
      break;
    default:
      out->append(body.substr(begin + 1, next - begin - 1));
      return LiteralFinding{
          DiagnosticKind::kUnknownEscape, {body.substr(begin, next - begin)}, {}, {}};
  }
  const size_t close = next < body.size() && body[next] == '{' ? body.find('}', next) : body.npos;
  const std::string_view digits =
      close == body.npos ? std::string_view() : body.substr(next + 1, close - next - 1);
  const bool hex = !digits.empty() && std::all_of(digits.begin(), digits.end(), [](char d) {
    return std::isxdigit(static_cast<unsigned char>(d)) != 0;
  });
  if (!hex) {
    return LiteralFinding{DiagnosticKind::kUnknownEscape, {"\\u"}, "write `\\u{1F600}`", {}};
  }
  *offset = close + 1;
  uint32_t point = 0;
  for (const char d : digits) {
    point = std::min<uint32_t>(point, 0x1000000) * 16 +
            static_cast<uint32_t>(IsDigit(d) ? d - '0' : (d | 0x20) - 'a' + 10);
  }
  if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
    return LiteralFinding{
        DiagnosticKind::kBadCodePoint, {body.substr(begin, *offset - begin)}, {}, {}};
  }
  AppendUtf8(point, out);
  return std::nullopt;
}

}  // namespace

ParsedLiteral ParseStringToken(std::string_view text) {
  size_t first = 0;
  DecodeUtf8(text, &first);
  size_t last = text.size() - 1;
  while (IsContinuationByte(text[last])) --last;
  const std::string_view body = text.substr(first, last - first);
  ParsedLiteral parsed;
  std::string value;
  size_t offset = 0;
  while (offset < body.size()) {
    if (body[offset] != '\\') {
      // SQL doubles a single quote inside of single quotes.
      if (text[0] == '\'' && body[offset] == '\'') ++offset;
      value.push_back(body[offset++]);
      continue;
    }
    if (++offset == body.size()) break;
    std::optional<LiteralFinding> finding = Unescape(body, &offset, &value);
    if (finding.has_value() && !parsed.finding.has_value()) parsed.finding = std::move(finding);
  }
  parsed.value = Literal::String(std::move(value));
  // A double-quoted string keeps its spelling, any other gets a double-quoted one.
  parsed.value->spelling =
      text[0] == '"' && text.back() == '"' ? std::string(text) : QuoteString(parsed.value->text);
  return parsed;
}

}  // namespace pql
