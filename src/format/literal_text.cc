#include "format/literal_text.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

#include "ast/rule_file.h"
#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace pql {
namespace {

constexpr size_t kFirstGroupedLength = 5;

// `1_0000.50` as `10_000.5`: no needless zeros, grouped digits.
std::string CanonicalDigits(std::string_view spelling) {
  std::string text(spelling);
  std::erase(text, '_');
  const size_t sign = text.starts_with('-') ? 1 : 0;
  if (const size_t point = text.find('.'); point != std::string::npos) {
    const size_t last = text.find_last_not_of('0');
    text.resize(last == point ? point : last + 1);
  }
  const size_t whole = std::min(text.find('.'), text.size());
  if (whole - sign >= kFirstGroupedLength) {
    for (size_t i = whole; i > sign + 3;) {
      i -= 3;
      text.insert(i, 1, '_');
    }
  }
  return text;
}

// The same number and unit in canonical digits.
std::string CanonicalNumberWithUnit(std::string_view spelling) {
  const size_t unit = std::min(spelling.find_first_not_of("-0123456789_."), spelling.size());
  return StrCat(CanonicalDigits(spelling.substr(0, unit)), spelling.substr(unit));
}

// The decimal number times ten to the power of `places`, exactly.
std::string ShiftPoint(std::string text, int places) {
  const size_t sign = text.starts_with('-') ? 1 : 0;
  size_t point = text.find('.');
  if (point == std::string::npos) {
    point = text.size();
  } else {
    text.erase(point, 1);
  }
  if (places < 0) {
    text.insert(sign, static_cast<size_t>(-places), '0');
  } else {
    text.append(static_cast<size_t>(places), '0');
    point += static_cast<size_t>(places);
  }
  text.insert(point, 1, '.');
  const size_t first = std::min(text.find_first_not_of('0', sign), point - 1);
  return text.erase(sign, first - sign);
}

// In the largest unit of which there is at least one.
std::string SizeText(double bytes) {
  static constexpr std::array<std::pair<int, std::string_view>, 4> kUnits = {
      {{12, "TB"}, {9, "GB"}, {6, "MB"}, {3, "KB"}}};
  size_t unit = 0;
  while (unit + 1 < kUnits.size() && std::abs(bytes) < std::pow(10, kUnits[unit].first)) ++unit;
  return StrCat(CanonicalDigits(ShiftPoint(FormatNumber(bytes), -kUnits[unit].first)),
                kUnits[unit].second);
}

std::string UpperAscii(std::string text) {
  for (char& c : text) {
    if ('a' <= c && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

}  // namespace

std::string LiteralText(const Literal& literal) {
  const std::string& spelling = literal.spelling;
  switch (literal.kind) {
    case Literal::Kind::kNumber:
      return FormatGroupedNumber(literal.number);
    case Literal::Kind::kPercent:
      if (!spelling.empty()) return CanonicalNumberWithUnit(spelling);
      return StrCat(CanonicalDigits(ShiftPoint(FormatNumber(literal.number), 2)), "%");
    case Literal::Kind::kSize:
      return spelling.empty() ? SizeText(literal.number) : CanonicalNumberWithUnit(spelling);
    case Literal::Kind::kBool:
      return literal.boolean ? "true" : "false";
    case Literal::Kind::kString:
      return QuoteString(literal.text);
    case Literal::Kind::kDuration:
      return spelling.empty() ? FormatDuration(literal.micros) : CanonicalNumberWithUnit(spelling);
    case Literal::Kind::kTimestamp:
      return spelling.empty() ? FormatTimestampLiteral(literal.micros) : UpperAscii(spelling);
    case Literal::Kind::kList:
      break;
  }
  assert(false);
  return "";
}

}  // namespace pql
