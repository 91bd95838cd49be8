// String helpers over std::string_view.
//
// Debian's absl::string_view is a type of its own, so absl::StrCat does not take a
// std::string_view.  This project uses std::string_view everywhere; these helpers are the one
// boundary.  Thread-safe: no state.

#ifndef PQL_BASE_STRINGS_H_
#define PQL_BASE_STRINGS_H_

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace pql {

inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view FromAbsl(absl::string_view text) { return {text.data(), text.size()}; }

inline bool IsDigit(char c) { return '0' <= c && c <= '9'; }  // of ASCII

namespace internal {
template <typename T>
decltype(auto) AsAlphaNum(const T& value) {
  if constexpr (std::is_convertible_v<const T&, std::string_view> &&
                !std::is_convertible_v<const T&, absl::AlphaNum>) {
    return ToAbsl(value);
  } else {
    return (value);
  }
}
}  // namespace internal

// absl::StrCat and absl::StrAppend that take std::string_view as well.
template <typename... Args>
std::string StrCat(const Args&... args) {
  return absl::StrCat(absl::AlphaNum(internal::AsAlphaNum(args))...);
}
template <typename... Args>
void StrAppend(std::string* out, const Args&... args) {
  absl::StrAppend(out, absl::AlphaNum(internal::AsAlphaNum(args))...);
}

// The candidate nearest to `word` by Damerau-Levenshtein distance (optimal string alignment, over
// code points, ASCII case ignored), or empty when none is near enough to be a slip of the keyboard
// (at most a third of the word's length, at least one).  Ties go to the first candidate.
template <typename Range>
std::string_view NearestWord(std::string_view word, const Range& candidates);

// The distance that NearestWord uses; gives up and returns `limit + 1` beyond `limit`.
int EditDistance(std::string_view a, std::string_view b, int limit);

// How many edits still count as a slip for a word of this many bytes.
int EditDistanceLimit(std::string_view word);

// Whether `nearest`, one of the candidates, is what `word` was meant to be, so that nobody has to
// be asked: it differs in letter case or by one edit, in no digit, and no other candidate is as
// near. Among words of less than four letters one edit makes another: `mql` is no slip for `sql`.
template <typename Range>
bool IsEvident(std::string_view nearest, std::string_view word, const Range& candidates);

// The digits of any script, in their order.
std::string DigitsOf(std::string_view word);

// Whether the word is long enough for one edit to be a slip and nothing else.
bool IsLongEnoughForASlip(std::string_view word);

template <typename Range>
std::string_view NearestWord(std::string_view word, const Range& candidates) {
  int best = EditDistanceLimit(word) + 1;
  std::string_view nearest;
  for (const auto& candidate : candidates) {
    const std::string_view text = candidate;
    const int distance = EditDistance(word, text, best - 1);
    if (distance < best) {
      best = distance;
      nearest = text;
    }
  }
  return nearest;
}

template <typename Range>
bool IsEvident(std::string_view nearest, std::string_view word, const Range& candidates) {
  const int allowed = IsLongEnoughForASlip(word) || IsLongEnoughForASlip(nearest) ? 1 : 0;
  const int distance = EditDistance(word, nearest, allowed);
  if (distance > allowed || DigitsOf(word) != DigitsOf(nearest)) return false;
  for (const auto& candidate : candidates) {
    const std::string_view text = candidate;
    if (text != nearest && EditDistance(word, text, distance) <= distance) return false;
  }
  return true;
}

}  // namespace pql

#endif  // PQL_BASE_STRINGS_H_
