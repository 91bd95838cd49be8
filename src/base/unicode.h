// What the language needs to know of Unicode, over UTF-8 bytes; the data is ICU's, which stays
// inside unicode*.cc.  Every function that takes text REQUIRES valid UTF-8, except
// FindInvalidUtf8 and EscapeUnprintable.  Thread-safe: no state.

#ifndef PQL_BASE_UNICODE_H_
#define PQL_BASE_UNICODE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pql {

inline constexpr char32_t kZeroWidthNonJoiner = 0x200C;
inline constexpr char32_t kZeroWidthJoiner = 0x200D;
inline constexpr char32_t kMaxCodePoint = 0x10FFFF;

// Whether a byte of well-formed UTF-8 is none that a code point begins with.
inline bool IsContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The byte offset of the first sequence that is not well-formed UTF-8 (truncated, overlong, a
// surrogate, above U+10FFFF), or nothing.
std::optional<size_t> FindInvalidUtf8(std::string_view bytes);

// Decodes the code point at `*offset` and moves `*offset` behind it.  REQUIRES: *offset < size().
char32_t DecodeUtf8(std::string_view text, size_t* offset);
void AppendUtf8(char32_t code_point, std::string* out);
size_t CountCodePoints(std::string_view text);
// The longest beginning of whole code points that has at most `max_bytes`.
std::string_view CutOffUtf8(std::string_view text, size_t max_bytes);
// The same, and `...` behind it where something is cut off.
std::string Abbreviated(std::string_view text, size_t max_bytes);

// Normalisation Form C (UAX #15).
std::string ToNfc(std::string_view text);

// UAX #31.  `_` counts as a start, as in the language.
bool IsIdentifierStart(char32_t code_point);
bool IsIdentifierContinue(char32_t code_point);

// Whether `text` is one identifier: start, continues, and ZWJ / ZWNJ only in the contexts that
// UAX #31 (profile A1, A2, B of section 2.3) allows.
bool IsIdentifier(std::string_view text);

// Bidirectional controls (U+061C, U+200E..F, U+202A..E, U+2066..9).
bool IsBidiControl(char32_t code_point);
// Default-ignorable and other characters that leave no mark: zero-width, soft hyphen, NBSP and
// other spaces that look like U+0020, controls except tab and line ends.
bool IsInvisible(char32_t code_point);
// `U+200B`: at least four digits.
std::string CodePointNumber(char32_t code_point);
// `U+200B ZERO WIDTH SPACE`; what has no name is described: `U+0000 control character`.
std::string DescribeCodePoint(char32_t code_point);

// The decimal value of a digit of any script (`٢` is 2), or -1.
int DecimalDigitValue(char32_t code_point);

// Full, locale-independent case mapping (`ß` becomes `SS`).
std::string ToLower(std::string_view text);
std::string ToUpper(std::string_view text);

// Whether the identifier mixes scripts in a way that UTS #39 calls suspicious (not "highly
// restrictive"), or has only look-alikes of Latin letters in another script.
bool IsSuspiciousIdentifier(std::string_view identifier);

// Columns of a terminal: 2 for East Asian wide and emoji, 0 for combining and other marks without
// width, else 1.  Tabs are the caller's.
int DisplayWidth(char32_t code_point);
int DisplayWidth(std::string_view text);

// Strong right-to-left characters (Arabic, Hebrew, ...); whether the text holds one.
bool IsRightToLeft(char32_t code_point);
bool HasRightToLeft(std::string_view text);

// Whether a terminal or a reader could be fooled by it: controls (tab and line ends included),
// bidirectional controls, invisible, unassigned and private characters; not the joiners and
// variation selectors of ordinary text.
bool IsUnprintable(char32_t code_point);
// Any bytes, fit to be shown to a person: unprintable characters as `<U+202E>`, bytes that are not
// UTF-8 as `<0xFF>`.
std::string EscapeUnprintable(std::string_view bytes);
// The same of 60 characters at most, no escape cut in two, `...` for what is cut off: for messages
// that quote input.
std::string EscapeAndCut(std::string_view bytes);

// The text with every run of right-to-left words between the isolates U+2067 and U+2069 (no
// columns wide), so that a terminal that reorders such text keeps the order of what stands around.
std::string IsolateRightToLeft(std::string_view text);

}  // namespace pql

#endif  // PQL_BASE_UNICODE_H_
