#include "base/number_text.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include "base/strings.h"

namespace pql {
namespace {

// Whether `text` is digits with an optional `.` somewhere and an optional exponent, no sign.
bool IsUnsignedDecimal(std::string_view text) {
  size_t digits = 0;
  bool point = false;
  size_t i = 0;
  for (; i < text.size() && (IsDigit(text[i]) || (text[i] == '.' && !point)); ++i) {
    if (text[i] == '.') {
      point = true;
    } else {
      ++digits;
    }
  }
  if (digits == 0) return false;
  if (i == text.size()) return true;
  if (text[i] != 'e' && text[i] != 'E') return false;
  ++i;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  return i < text.size() &&
         std::all_of(text.begin() + static_cast<ptrdiff_t>(i), text.end(), IsDigit);
}

// Whether a number that does not fit a double is too small rather than too large: its leading
// digit stands behind the point.  REQUIRES: IsUnsignedDecimal(text), not zero, out of range.
bool IsUnderflow(std::string_view text) {
  const size_t e = std::min(text.find_first_of("eE"), text.size());
  const std::string_view mantissa = text.substr(0, e);
  const auto point = static_cast<int64_t>(std::min(mantissa.find('.'), mantissa.size()));
  const auto leading = static_cast<int64_t>(mantissa.find_first_of("123456789"));
  int64_t exponent = 0;
  if (e < text.size()) {
    std::string_view digits = text.substr(e + 1);
    if (digits.front() == '+') digits.remove_prefix(1);
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (result.ec == std::errc::result_out_of_range) return digits.front() == '-';
  }
  // Compared rather than added: the exponent may be near the end of int64_t.
  return exponent < leading - point;
}

// Puts `_` between groups of three of the digits in front of `end`, from `begin` on.
void GroupDigits(size_t begin, size_t end, std::string* text) {
  for (size_t i = end; i > begin + 3;) {
    i -= 3;
    text->insert(i, 1, '_');
  }
}

}  // namespace

std::string FormatNumber(double value) {
  assert(std::isfinite(value));
  if (value == 0) return "0";
  // The fixed form of to_chars writes large numbers with all their binary digits (1e23 becomes
  // 99999999999999991611392); people expect the shortest digits, filled up with zeros.
  char buffer[32];
  const auto result =
      std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific);
  std::string_view text(buffer, static_cast<size_t>(result.ptr - buffer));
  std::string out;
  if (text.front() == '-') {
    out = "-";
    text.remove_prefix(1);
  }
  const size_t e = text.find('e');
  std::string digits(text.substr(0, 1));
  if (e > 2) digits += text.substr(2, e - 2);
  int exponent = 0;  // of the first digit
  std::string_view exponent_text = text.substr(e + 1);
  if (exponent_text.front() == '+') exponent_text.remove_prefix(1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);

  if (exponent < 0) {
    out += "0.";
    out.append(static_cast<size_t>(-exponent - 1), '0');
    return out += digits;
  }
  const size_t whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) {
    out += digits;
    out.append(whole - digits.size(), '0');
    return out;
  }
  return out.append(digits, 0, whole).append(".").append(digits, whole);
}

std::string FormatGroupedNumber(double value) {
  std::string text = FormatNumber(value);
  const size_t begin = text.front() == '-' ? 1 : 0;
  const size_t end = std::min(text.find('.'), text.size());
  if (end - begin >= 5) GroupDigits(begin, end, &text);
  return text;
}

std::optional<double> ParseNumber(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (!IsUnsignedDecimal(text)) return std::nullopt;
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec == std::errc::result_out_of_range) {
    if (!IsUnderflow(text)) return std::nullopt;
    value = 0;
  } else if (result.ec != std::errc() || result.ptr != text.data() + text.size() ||
             !std::isfinite(value)) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

}  // namespace pql
