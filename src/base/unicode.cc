// Code points, normalisation, properties and display width.  Identifiers: unicode_identifier.cc.

#include "base/unicode.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/ascii.h"
#include "base/icu.h"

namespace pql {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kRightToLeftIsolate = 0x2067;
constexpr char32_t kPopDirectionalIsolate = 0x2069;

constexpr size_t kMaxShownCharacters = 60;

icu::StringPiece Piece(std::string_view text) {
  return {text.data(), static_cast<int32_t>(text.size())};
}

bool IsMark(UChar32 c) {
  const uint32_t mask = U_GET_GC_MASK(c);
  return (mask & (U_GC_MN_MASK | U_GC_ME_MASK)) != 0;
}

// Conjoining vowels and final consonants of Hangul, drawn inside the cell of the initial one.
bool IsConjoiningJamo(UChar32 c) {
  const int type = u_getIntPropertyValue(c, UCHAR_HANGUL_SYLLABLE_TYPE);
  return type == U_HST_VOWEL_JAMO || type == U_HST_TRAILING_JAMO;
}

std::string_view CategoryName(UChar32 c) {
  switch (u_charType(c)) {
    case U_CONTROL_CHAR:
      return "control character";
    case U_PRIVATE_USE_CHAR:
      return "private use character";
    case U_SURROGATE:
      return "surrogate";
    default:
      return "unassigned character";
  }
}

// Decodes at `*offset` like DecodeUtf8, or returns nothing (and moves nowhere) where the bytes are
// not well-formed.
std::optional<char32_t> TryDecode(std::string_view bytes, size_t* offset) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t next = *offset;
  UChar32 c;
  U8_NEXT(data, next, bytes.size(), c);
  if (c < 0) return std::nullopt;
  *offset = next;
  return static_cast<char32_t>(c);
}

// Whether `c` between right-to-left words belongs to their sentence, rather than to source text
// around it such as an operator, a comma or a quote.
bool MayStandBetweenWords(char32_t c) {
  if (c < 0x80) return c == ' ' || c == '.' || c == '-' || c == '/' || u_isdigit(Icu(c));
  return u_charDirection(Icu(c)) != U_LEFT_TO_RIGHT;
}

// Digits, marks and the like, which belong to the word that they touch.
bool ContinuesWord(char32_t c) {
  return c == kZeroWidthNonJoiner || c == kZeroWidthJoiner ||
         (u_hasBinaryProperty(Icu(c), UCHAR_XID_CONTINUE) &&
          u_charDirection(Icu(c)) != U_LEFT_TO_RIGHT);
}

// Where the run of right-to-left words that starts at `begin` ends.
size_t EndOfRightToLeftRun(std::string_view text, size_t begin) {
  size_t end = begin;
  bool in_word = true;
  for (size_t offset = begin; offset < text.size();) {
    const char32_t c = DecodeUtf8(text, &offset);
    if (IsRightToLeft(c) || (in_word && ContinuesWord(c))) {
      end = offset;
      in_word = true;
    } else if (MayStandBetweenWords(c)) {
      in_word = false;
    } else {
      break;
    }
  }
  return end;
}

// Appends the character at the offset, which is moved behind it, as EscapeUnprintable shows it.
// Returns whether that is an escape, in ASCII, and not the character itself.
bool AppendEscaped(std::string_view bytes, size_t* offset, std::string* out) {
  const size_t begin = *offset;
  if (bytes[begin] >= ' ' && bytes[begin] <= '~') {  // as nearly everything is
    *out += bytes[(*offset)++];
    return false;
  }
  const std::optional<char32_t> c = TryDecode(bytes, offset);
  if (!c) {
    char buffer[8];
    std::snprintf(buffer, sizeof(buffer), "<0x%02X>", static_cast<unsigned char>(bytes[begin]));
    *out += buffer;
    *offset = begin + 1;
    return true;
  }
  if (IsUnprintable(*c)) {
    *out += '<' + CodePointNumber(*c) + '>';
    return true;
  }
  *out += bytes.substr(begin, *offset - begin);
  return false;
}

}  // namespace

std::optional<size_t> FindInvalidUtf8(std::string_view bytes) {
  constexpr uint64_t kHighBits = 0x8080'8080'8080'8080;
  for (size_t offset = 0; offset < bytes.size();) {
    if (uint64_t word; bytes.size() - offset >= sizeof(word)) {
      std::memcpy(&word, bytes.data() + offset, sizeof(word));
      if ((word & kHighBits) == 0) {
        offset += sizeof(word);
        continue;
      }
    }
    if (static_cast<unsigned char>(bytes[offset]) < 0x80) {
      ++offset;
    } else if (!TryDecode(bytes, &offset)) {
      return offset;
    }
  }
  return std::nullopt;
}

char32_t DecodeUtf8(std::string_view text, size_t* offset) {
  assert(*offset < text.size());
  const std::optional<char32_t> code_point = TryDecode(text, offset);
  assert(code_point);
  if (code_point) return *code_point;
  ++*offset;  // a broken precondition must not become an endless loop
  return kReplacement;
}

void AppendUtf8(char32_t code_point, std::string* out) {
  char buffer[U8_MAX_LENGTH];
  int32_t length = 0;
  UBool error = false;
  U8_APPEND(reinterpret_cast<uint8_t*>(buffer), length, U8_MAX_LENGTH, Icu(code_point), error);
  assert(!error);
  if (error) return AppendUtf8(kReplacement, out);
  out->append(buffer, static_cast<size_t>(length));
}

size_t CountCodePoints(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuationByte(c); }));
}

std::string_view CutOffUtf8(std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  // Back to the first byte of the character that the cut would fall into.
  while (max_bytes > 0 && IsContinuationByte(text[max_bytes])) --max_bytes;
  return text.substr(0, max_bytes);
}

std::string Abbreviated(std::string_view text, size_t max_bytes) {
  const std::string_view cut = CutOffUtf8(text, max_bytes);
  return std::string(cut) + (cut.size() < text.size() ? "..." : "");
}

std::string ToNfc(std::string_view text) {
  if (IsAscii(text)) return std::string(text);
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  if (U_SUCCESS(status)) nfc->normalizeUTF8(0, Piece(text), sink, nullptr, status);
  return U_SUCCESS(status) ? out : std::string(text);
}

bool IsBidiControl(char32_t code_point) {
  return u_hasBinaryProperty(Icu(code_point), UCHAR_BIDI_CONTROL) != 0;
}

bool IsInvisible(char32_t code_point) {
  if (code_point == '\t' || code_point == '\n' || code_point == '\r' || code_point == ' ') {
    return false;
  }
  const UChar32 c = Icu(code_point);
  const uint32_t kBlank = U_GC_CC_MASK | U_GC_ZS_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK;
  if ((U_GET_GC_MASK(c) & kBlank) != 0) return true;
  if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return true;
  constexpr char32_t kBrailleBlank = 0x2800;
  const bool is_annotation = 0xFFF9 <= code_point && code_point <= 0xFFFB;
  return code_point == kBrailleBlank || is_annotation;
}

std::string CodePointNumber(char32_t code_point) {
  char buffer[16];
  std::snprintf(buffer, sizeof(buffer), "U+%04X", static_cast<unsigned>(code_point));
  return buffer;
}

std::string DescribeCodePoint(char32_t code_point) {
  char name[128];
  UErrorCode status = U_ZERO_ERROR;
  const int32_t length =
      u_charName(Icu(code_point), U_UNICODE_CHAR_NAME, name, sizeof(name), &status);
  std::string out = CodePointNumber(code_point) + ' ';
  return U_SUCCESS(status) && length > 0 ? out.append(name, static_cast<size_t>(length))
                                         : out.append(CategoryName(Icu(code_point)));
}

std::string EscapeUnprintable(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (size_t offset = 0; offset < bytes.size();) AppendEscaped(bytes, &offset, &out);
  return out;
}

std::string EscapeAndCut(std::string_view bytes) {
  std::string text;
  size_t shown = 0;  // characters
  for (size_t offset = 0; offset < bytes.size();) {
    const size_t before = text.size();
    const bool is_escaped = AppendEscaped(bytes, &offset, &text);
    shown += is_escaped ? text.size() - before : 1;
    if (shown > kMaxShownCharacters) return text.substr(0, before) + "...";
  }
  return text;
}

bool IsUnprintable(char32_t code_point) {
  if (0x20 <= code_point && code_point < 0x7F) return false;
  // Part of ordinary Persian, Indic and emoji text.
  if (code_point == kZeroWidthNonJoiner || code_point == kZeroWidthJoiner ||
      u_hasBinaryProperty(Icu(code_point), UCHAR_VARIATION_SELECTOR)) {
    return false;
  }
  const uint32_t mask = U_GET_GC_MASK(Icu(code_point));
  if ((mask & (U_GC_CC_MASK | U_GC_CS_MASK | U_GC_CN_MASK | U_GC_CO_MASK)) != 0) return true;
  return IsInvisible(code_point);
}

int DecimalDigitValue(char32_t code_point) { return u_charDigitValue(Icu(code_point)); }

std::string ToLower(std::string_view text) {
  std::string out;
  if (IsAscii(text)) {
    out.reserve(text.size());
    for (const char c : text) out += 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
  }
  UErrorCode status = U_ZERO_ERROR;
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  icu::CaseMap::utf8ToLower("", 0, Piece(text), sink, nullptr, status);
  return U_SUCCESS(status) ? out : std::string(text);
}

std::string ToUpper(std::string_view text) {
  std::string out;
  if (IsAscii(text)) {
    out.reserve(text.size());
    for (const char c : text) out += 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
  }
  UErrorCode status = U_ZERO_ERROR;
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  icu::CaseMap::utf8ToUpper("", 0, Piece(text), sink, nullptr, status);
  return U_SUCCESS(status) ? out : std::string(text);
}

int DisplayWidth(char32_t code_point) {
  if (0x20 <= code_point && code_point < 0x7F) return 1;
  constexpr char32_t kSoftHyphen = 0xAD;
  if (code_point == kSoftHyphen) return 1;  // terminals draw it
  const UChar32 c = Icu(code_point);
  if ((U_GET_GC_MASK(c) & U_GC_CC_MASK) != 0 || IsMark(c) || IsConjoiningJamo(c) ||
      u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) {
    return 0;
  }
  const int width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

int DisplayWidth(std::string_view text) {
  int width = 0;
  for (size_t offset = 0; offset < text.size();) width += DisplayWidth(DecodeUtf8(text, &offset));
  return width;
}

bool IsRightToLeft(char32_t code_point) {
  const UCharDirection direction = u_charDirection(Icu(code_point));
  return direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC;
}

bool HasRightToLeft(std::string_view text) {
  for (size_t offset = 0; offset < text.size();) {
    if (IsRightToLeft(DecodeUtf8(text, &offset))) return true;
  }
  return false;
}

std::string IsolateRightToLeft(std::string_view text) {
  std::string out;
  for (size_t offset = 0; offset < text.size();) {
    const size_t begin = offset;
    if (!IsRightToLeft(DecodeUtf8(text, &offset))) {
      out += text.substr(begin, offset - begin);
      continue;
    }
    offset = EndOfRightToLeftRun(text, begin);
    AppendUtf8(kRightToLeftIsolate, &out);
    out += text.substr(begin, offset - begin);
    AppendUtf8(kPopDirectionalIsolate, &out);
  }
  return out;
}

}  // namespace pql
