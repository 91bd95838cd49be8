#include "parser/characters.h"

#include <optional>
#include <string>
#include <utility>

#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

constexpr char32_t kByteOrderMark = 0xFEFF;
constexpr char32_t kZeroWidthNonJoiner = 0x200C;
constexpr char32_t kZeroWidthJoiner = 0x200D;
constexpr char32_t kArabicDecimalSeparator = 0x066B;
constexpr char32_t kArabicThousandsSeparator = 0x066C;

class CharacterReader {
 public:
  CharacterReader(std::string_view text, FileId file, DiagnosticSink* sink)
      : text_(text), file_(file), sink_(sink) {}

  Characters Read() && {
    characters_.points.reserve(text_.size());
    characters_.offsets.reserve(text_.size() + 1);
    size_t offset = 0;
    while (offset < text_.size()) {
      begin_ = offset;
      const auto byte = static_cast<unsigned char>(text_[offset]);
      const char32_t point =
          byte < 0x80 ? static_cast<char32_t>(text_[offset++]) : DecodeUtf8(text_, &offset);
      end_ = offset;
      if (begin_ == 0 && point == kByteOrderMark) {
        characters_.same_as_source = false;
        continue;
      }
      Track(point);
      if (region_ != Region::kCode || IsPlainAscii(point)) {
        Keep(point);
      } else {
        Special(point);
        offset = end_;  // of a whole number, if it was a digit
      }
    }
    characters_.offsets.push_back(static_cast<uint32_t>(text_.size()));
    return std::move(characters_);
  }

 private:
  // Where the reader is; only code is checked, the rest is left to lint.
  enum class Region { kCode, kComment, kString, kTicks };

  static bool IsPlainAscii(char32_t point) {
    return (point >= 0x20 && point < 0x7F) || point == '\n' || point == '\t' || point == '\r';
  }

  void Track(char32_t point) {
    if (point == '\n' || point == '\r') {
      region_ = Region::kCode;
      escaped_ = false;
      return;
    }
    switch (region_) {
      case Region::kCode:
        if (point == '#') region_ = Region::kComment;
        if (point == '"') region_ = Region::kString;
        if (point == '`') region_ = Region::kTicks;
        return;
      case Region::kComment:
        return;
      case Region::kString:
        if (escaped_) {
          escaped_ = false;
        } else if (point == '\\') {
          escaped_ = true;
        } else if (point == '"') {
          region_ = Region::kCode;
        }
        return;
      case Region::kTicks:
        if (point == '`') region_ = Region::kCode;
        return;
    }
  }

  void Keep(char32_t point) {
    characters_.points.push_back(point);
    characters_.offsets.push_back(static_cast<uint32_t>(begin_));
  }

  SourceRange Here() const {
    return {file_, static_cast<uint32_t>(begin_), static_cast<uint32_t>(end_)};
  }

  void Special(char32_t point) {
    const bool joiner = point == kZeroWidthNonJoiner || point == kZeroWidthJoiner;
    if (joiner && InsideForeignWord()) {
      Keep(point);  // whether UAX #31 allows it here, the tokenizer decides
    } else if (IsBidiControl(point) || IsInvisible(point)) {
      Hidden(point);
    } else if (ForeignDigit(point) >= 0 && !BehindWord()) {
      ForeignDigits();
    } else {
      Keep(point);
    }
  }

  void Hidden(char32_t point) {
    const bool bidi = IsBidiControl(point);
    // What takes room was meant as a space; the rest as nothing.
    const bool space = !bidi && (point < 0x20 || DisplayWidth(point) > 0) && point != 0xAD;
    Diagnostic& finding =
        sink_->Add(bidi ? DiagnosticKind::kBidiControl : DiagnosticKind::kInvisibleCharacter,
                   Here(), {DescribeCodePoint(point)});
    finding.fix =
        space ? Fix{"write a plain space", {{Here(), " "}}} : Fix{"remove it", {{Here(), ""}}};
    characters_.same_as_source = false;
    if (space) Keep(' ');
  }

  // One finding for a whole number, date or time, so it is read to its end.
  void ForeignDigits() {
    characters_.same_as_source = false;
    const size_t begin = begin_;
    std::string digits;
    for (size_t next = begin; next < text_.size();) {
      begin_ = next;
      const std::optional<char> ascii = AsciiInForeignNumber(&next);
      if (!ascii.has_value()) break;
      end_ = next;
      if (*ascii == '\0') continue;
      Keep(static_cast<char32_t>(*ascii));
      digits.push_back(*ascii);
    }
    const SourceRange range{file_, static_cast<uint32_t>(begin), static_cast<uint32_t>(end_)};
    sink_->Add(DiagnosticKind::kForeignDigits, range, {text_.substr(begin, end_ - begin), digits})
        .fix = Fix{StrCat("write `", digits, "`"), {{range, digits}}};
  }

  // The character at `*offset`, behind a foreign digit, as it is in ASCII: a digit, or a sign that
  // has another one behind it; 0 for the sign between thousands.  Nothing: the number ends.
  std::optional<char> AsciiInForeignNumber(size_t* offset) const {
    const char32_t point = DecodeUtf8(text_, offset);
    if (const int digit = ForeignDigit(point); digit >= 0) return static_cast<char>('0' + digit);
    size_t next = *offset;
    if (next >= text_.size() || ForeignDigit(DecodeUtf8(text_, &next)) < 0) return std::nullopt;
    if (point == kArabicDecimalSeparator) return '.';
    if (point == kArabicThousandsSeparator) return '\0';
    if (point == '.' || point == '-' || point == ':' || point == 'T') {
      return static_cast<char>(point);
    }
    return std::nullopt;
  }
  static int ForeignDigit(char32_t point) { return point < 0x80 ? -1 : DecimalDigitValue(point); }

  // Whether the character before belongs to a name (not to a number).
  bool BehindWord() const {
    if (characters_.points.empty()) return false;
    return IsIdentifierContinue(characters_.points.back()) &&
           !(characters_.points.back() >= '0' && characters_.points.back() <= '9' &&
             !WordBeforeDigits());
  }
  bool WordBeforeDigits() const {
    size_t i = characters_.points.size();
    while (i > 0 && characters_.points[i - 1] >= '0' && characters_.points[i - 1] <= '9') --i;
    return i > 0 && IsIdentifierContinue(characters_.points[i - 1]);
  }
  bool InsideForeignWord() const {
    if (characters_.points.empty() || characters_.points.back() < 0x80 || end_ >= text_.size()) {
      return false;
    }
    size_t next = end_;
    const char32_t after = DecodeUtf8(text_, &next);
    return IsIdentifierContinue(characters_.points.back()) && after >= 0x80 &&
           IsIdentifierContinue(after);
  }

  const std::string_view text_;
  const FileId file_;
  DiagnosticSink* const sink_;
  Characters characters_;
  Region region_ = Region::kCode;
  bool escaped_ = false;
  size_t begin_ = 0;  // of the character at hand
  size_t end_ = 0;
};

}  // namespace

std::string Characters::Text(std::string_view source, size_t begin, size_t end) const {
  if (same_as_source) {
    return std::string(source.substr(offsets[begin], offsets[end] - offsets[begin]));
  }
  std::string text;
  for (size_t i = begin; i < end; ++i) AppendUtf8(points[i], &text);
  return text;
}

Characters ReadCharacters(const SourceSet& sources, FileId file, DiagnosticSink* sink) {
  return CharacterReader(sources.file(file).text(), file, sink).Read();
}

}  // namespace pql
