#include "base/strings.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <vector>

#include "base/unicode.h"

namespace pql {
namespace {

std::vector<char32_t> FoldedCodePoints(std::string_view text) {
  std::vector<char32_t> code_points;
  code_points.reserve(text.size());
  for (size_t offset = 0; offset < text.size();) {
    const char32_t c = DecodeUtf8(text, &offset);
    code_points.push_back('A' <= c && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return code_points;
}

}  // namespace

int EditDistanceLimit(std::string_view word) {
  return std::max(1, static_cast<int>(CountCodePoints(word) / 3));
}

bool IsLongEnoughForASlip(std::string_view word) { return CountCodePoints(word) >= 4; }

std::string DigitsOf(std::string_view word) {
  std::string digits;
  for (size_t offset = 0; offset < word.size();) {
    const int value = DecimalDigitValue(DecodeUtf8(word, &offset));
    if (value >= 0) digits += static_cast<char>('0' + value);
  }
  return digits;
}

int EditDistance(std::string_view a, std::string_view b, int limit) {
  const int too_far = limit + 1;
  if (limit < 0) return too_far;
  const std::vector<char32_t> from = FoldedCodePoints(a);
  const std::vector<char32_t> to = FoldedCodePoints(b);
  const int width = static_cast<int>(to.size());
  if (std::abs(static_cast<int>(from.size()) - width) > limit) return too_far;

  // Three rows of the table: a transposition looks two rows back.
  std::vector<int> before(to.size() + 1), above(to.size() + 1), row(to.size() + 1);
  for (int j = 0; j <= width; ++j) above[j] = j;
  for (size_t i = 1; i <= from.size(); ++i) {
    row[0] = static_cast<int>(i);
    int nearest = row[0];
    for (int j = 1; j <= width; ++j) {
      const int substitution = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, substitution});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
      nearest = std::min(nearest, row[j]);
    }
    // A transposition may still start from the row above.
    if (nearest > limit && *std::min_element(above.begin(), above.end()) > limit) return too_far;
    before.swap(above);
    above.swap(row);
  }
  return std::min(above[width], too_far);
}

}  // namespace pql
