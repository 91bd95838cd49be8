// What may be a name (UAX #31), and which names deserve suspicion (UTS #39).

#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>

#include <string>
#include <vector>

#include "base/icu.h"
#include "base/unicode.h"

namespace pql {
namespace {

using CodePoints = std::vector<char32_t>;

CodePoints Decode(std::string_view text) {
  CodePoints code_points;
  code_points.reserve(text.size());
  for (size_t offset = 0; offset < text.size();) code_points.push_back(DecodeUtf8(text, &offset));
  return code_points;
}

int JoiningType(char32_t c) { return u_getIntPropertyValue(Icu(c), UCHAR_JOINING_TYPE); }
bool IsLetter(char32_t c) { return (U_GET_GC_MASK(Icu(c)) & U_GC_L_MASK) != 0; }
bool IsNonspacing(char32_t c) { return (U_GET_GC_MASK(Icu(c)) & U_GC_MN_MASK) != 0; }
bool IsVirama(char32_t c) { return u_getCombiningClass(Icu(c)) == 9; }
bool IsReordering(char32_t c) { return IsNonspacing(c) && u_getCombiningClass(Icu(c)) != 0; }

bool IsDependentVowel(char32_t c) {
  return u_getIntPropertyValue(Icu(c), UCHAR_INDIC_SYLLABIC_CATEGORY) == U_INSC_VOWEL_DEPENDENT;
}

// The letters around a joiner have to be of one script for it to mean anything.
bool SameScript(char32_t a, char32_t b) {
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode left = uscript_getScript(Icu(a), &status);
  const UScriptCode right = uscript_getScript(Icu(b), &status);
  return left == right || left <= USCRIPT_INHERITED || right <= USCRIPT_INHERITED;
}

// A1: between two letters of a cursive script that would join without it, as in Persian.
bool BreaksCursiveJoin(const CodePoints& text, size_t at) {
  size_t left = at;
  while (left > 0 && JoiningType(text[left - 1]) == U_JT_TRANSPARENT) --left;
  size_t right = at + 1;
  while (right < text.size() && JoiningType(text[right]) == U_JT_TRANSPARENT) ++right;
  if (left == 0 || right == text.size()) return false;
  const int before = JoiningType(text[left - 1]);
  const int after = JoiningType(text[right]);
  return (before == U_JT_DUAL_JOINING || before == U_JT_LEFT_JOINING) &&
         (after == U_JT_DUAL_JOINING || after == U_JT_RIGHT_JOINING) &&
         SameScript(text[left - 1], text[right]);
}

// The letter whose conjunct ends in a virama just before `at` (letter, marks, virama, marks that
// reorder), or nothing.
std::optional<char32_t> LetterOfConjunct(const CodePoints& text, size_t at) {
  size_t i = at;
  while (i > 0 && IsReordering(text[i - 1]) && !IsVirama(text[i - 1])) --i;
  if (i == 0 || !IsVirama(text[i - 1])) return std::nullopt;
  --i;
  while (i > 0 && IsNonspacing(text[i - 1])) --i;
  if (i == 0 || !IsLetter(text[i - 1])) return std::nullopt;
  return text[i - 1];
}

// A2: ZWNJ inside a conjunct of an Indic script.
bool SplitsConjunct(const CodePoints& text, size_t at) {
  const std::optional<char32_t> letter = LetterOfConjunct(text, at);
  size_t right = at + 1;
  while (right < text.size() && IsReordering(text[right])) ++right;
  return letter && right < text.size() && IsLetter(text[right]) && SameScript(*letter, text[right]);
}

// B: ZWJ behind a virama, not before a dependent vowel.
bool JoinsConjunct(const CodePoints& text, size_t at) {
  const bool before_vowel = at + 1 < text.size() && IsDependentVowel(text[at + 1]);
  return LetterOfConjunct(text, at).has_value() && !before_vowel;
}

bool IsAllowedJoiner(const CodePoints& text, size_t at) {
  if (text[at] == kZeroWidthJoiner) return JoinsConjunct(text, at);
  return BreaksCursiveJoin(text, at) || SplitsConjunct(text, at);
}

// Built once and only read afterwards, which ICU allows from many threads.
const USpoofChecker* SpoofChecker() {
  static const USpoofChecker* const checker = [] {
    UErrorCode status = U_ZERO_ERROR;
    USpoofChecker* created = uspoof_open(&status);
    uspoof_setRestrictionLevel(created, USPOOF_HIGHLY_RESTRICTIVE);
    uspoof_setChecks(created, USPOOF_RESTRICTION_LEVEL | USPOOF_MIXED_NUMBERS, &status);
    return U_SUCCESS(status) ? created : nullptr;
  }();
  return checker;
}

// Whether every letter is foreign to Latin and looks like a Latin one (Cyrillic `сора`).  Scripts
// from right to left are left out: their single letters may look alike, their words do not.
bool ImitatesLatin(std::string_view identifier) {
  bool has_foreign = false;
  for (const char32_t c : Decode(identifier)) {
    UErrorCode status = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(Icu(c), &status);
    if (script == USCRIPT_LATIN || IsRightToLeft(c)) return false;
    has_foreign |= script > USCRIPT_INHERITED;
  }
  if (!has_foreign) return false;
  UErrorCode status = U_ZERO_ERROR;
  std::string skeleton(identifier.size() * 4 + 16, '\0');
  const int32_t length = uspoof_getSkeletonUTF8(
      SpoofChecker(), 0, identifier.data(), static_cast<int32_t>(identifier.size()),
      skeleton.data(), static_cast<int32_t>(skeleton.size()), &status);
  if (U_FAILURE(status)) return false;
  for (int32_t i = 0; i < length; ++i) {
    if (static_cast<unsigned char>(skeleton[static_cast<size_t>(i)]) >= 0x80) return false;
  }
  return true;
}

}  // namespace

bool IsIdentifierStart(char32_t code_point) {
  return code_point == '_' || u_hasBinaryProperty(Icu(code_point), UCHAR_XID_START);
}

bool IsIdentifierContinue(char32_t code_point) {
  return u_hasBinaryProperty(Icu(code_point), UCHAR_XID_CONTINUE) != 0;
}

bool IsIdentifier(std::string_view text) {
  const CodePoints code_points = Decode(text);
  if (code_points.empty() || !IsIdentifierStart(code_points.front())) return false;
  for (size_t i = 1; i < code_points.size(); ++i) {
    const char32_t c = code_points[i];
    const bool is_joiner = c == kZeroWidthJoiner || c == kZeroWidthNonJoiner;
    if (is_joiner ? !IsAllowedJoiner(code_points, i) : !IsIdentifierContinue(c)) return false;
  }
  return true;
}

bool IsSuspiciousIdentifier(std::string_view identifier) {
  if (SpoofChecker() == nullptr) return false;
  UErrorCode status = U_ZERO_ERROR;
  const int32_t findings = uspoof_check2UTF8(
      SpoofChecker(), identifier.data(), static_cast<int32_t>(identifier.size()), nullptr, &status);
  return (U_SUCCESS(status) && findings != 0) || ImitatesLatin(identifier);
}

}  // namespace pql
