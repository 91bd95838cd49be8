#include "base/unicode.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

bool IsSurrogate(char32_t c) { return 0xD800 <= c && c <= 0xDFFF; }

std::string Utf8(char32_t c) {
  std::string out;
  AppendUtf8(c, &out);
  return out;
}

// Table 3-7 of the Unicode Standard, "Well-Formed UTF-8 Byte Sequences", to check ICU against.
bool IsWellFormed(std::string_view bytes) {
  struct Row {
    int first_low, first_high, second_low, second_high;
    size_t length;
  };
  constexpr Row kRows[] = {
      {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
      {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
      {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
  };
  const auto byte = [&bytes](size_t i) { return static_cast<int>(static_cast<uint8_t>(bytes[i])); };
  if (bytes.empty()) return true;
  for (const Row& row : kRows) {
    if (byte(0) < row.first_low || byte(0) > row.first_high) continue;
    if (bytes.size() < row.length) return false;
    for (size_t i = 1; i < row.length; ++i) {
      const int low = i == 1 ? row.second_low : 0x80;
      const int high = i == 1 ? row.second_high : 0xBF;
      if (byte(i) < low || byte(i) > high) return false;
    }
    return IsWellFormed(bytes.substr(row.length));
  }
  return false;
}

TEST(UnicodeTest, EveryCodePointSurvivesEncodingAndDecoding) {
  std::string all;
  size_t count = 0;
  for (char32_t c = 0; c <= kMaxCodePoint; ++c) {
    if (IsSurrogate(c)) continue;
    const std::string bytes = Utf8(c);
    ASSERT_TRUE(IsWellFormed(bytes)) << static_cast<uint32_t>(c);
    size_t offset = 0;
    ASSERT_EQ(DecodeUtf8(bytes, &offset), c);
    ASSERT_EQ(offset, bytes.size());
    all += bytes;
    ++count;
  }
  EXPECT_EQ(FindInvalidUtf8(all), std::nullopt);
  EXPECT_EQ(CountCodePoints(all), count);
}

TEST(UnicodeTest, KnowsWellFormedUtf8) {
  // All pairs of bytes, followed by bytes from the ends of the ranges.
  constexpr char kEnds[] = {'\x00', '\x7F', '\x80', '\x8F', '\x90',
                            '\x9F', '\xA0', '\xBF', '\xC0', '\xFF'};
  const auto check = [](std::string_view bytes) {
    ASSERT_EQ(!FindInvalidUtf8(bytes), IsWellFormed(bytes)) << EscapeUnprintable(bytes);
  };
  std::string bytes;
  for (int first = 0; first < 256; ++first) {
    bytes = static_cast<char>(first);
    ASSERT_NO_FATAL_FAILURE(check(bytes));
    for (int second = 0; second < 256; ++second) {
      bytes.resize(1);
      bytes += static_cast<char>(second);
      ASSERT_NO_FATAL_FAILURE(check(bytes));
      if (first < 0x80) continue;
      for (const char third : kEnds) {
        bytes.resize(2);
        bytes += third;
        ASSERT_NO_FATAL_FAILURE(check(bytes));
        if (first < 0xE0 || (second % 16 != 0 && second % 16 != 15)) continue;
        for (const char fourth : kEnds) {
          bytes.resize(3);
          ASSERT_NO_FATAL_FAILURE(check(bytes += fourth));
        }
      }
    }
  }
}

TEST(UnicodeTest, FindsWhereUtf8Breaks) {
  const std::pair<std::string, size_t> kCases[] = {
      {"abc\xFF", 3},              // never a byte of UTF-8
      {"ab\x80", 2},               // a continuation of nothing
      {"größe\xC3", 7},            // truncated
      {"a\xE2\x82", 1},            // truncated
      {"\xC0\xAF", 0},             // overlong
      {"a\xE0\x80\xAF", 1},        // overlong
      {"ab\xED\xA0\x80", 2},       // a surrogate
      {"abc\xF4\x90\x80\x80", 3},  // above U+10FFFF
      {"\xEF\xBB\xBF\xFE", 3},     // behind a byte order mark
  };
  for (const auto& [bytes, offset] : kCases) EXPECT_EQ(FindInvalidUtf8(bytes), offset);
  EXPECT_EQ(FindInvalidUtf8(""), std::nullopt);
  EXPECT_EQ(FindInvalidUtf8(std::string_view("\0", 1)), std::nullopt);
}

TEST(UnicodeTest, NormalisesToNfc) {
  EXPECT_EQ(ToNfc("plain"), "plain");
  EXPECT_EQ(ToNfc("gro\u0308ße"), "größe");
  EXPECT_EQ(ToNfc("größe"), "größe");
  EXPECT_EQ(ToNfc("\u212B"), "\u00C5") << "the sign of the angstrom is a letter";
  EXPECT_EQ(ToNfc("\u1112\u1161\u11AB"), "\uD55C") << "Hangul is composed";
  EXPECT_EQ(ToNfc("q\u0307\u0323"), "q\u0323\u0307") << "marks are put in order";
  EXPECT_EQ(ToNfc("\u0958"), "\u0915\u093C") << "a composition that NFC excludes";
  EXPECT_EQ(ToNfc("\uFB01"), "\uFB01") << "compatibility is not touched";
  EXPECT_EQ(ToNfc(""), "");
}

TEST(UnicodeTest, NormalisingTwiceIsNormalisingOnce) {
  for (char32_t c = 0; c <= kMaxCodePoint; ++c) {
    if (IsSurrogate(c)) continue;
    const std::string once = ToNfc(Utf8(c));
    ASSERT_EQ(ToNfc(once), once) << DescribeCodePoint(c);
  }
}

TEST(UnicodeTest, KnowsBidiControls) {
  std::vector<char32_t> controls;
  for (char32_t c = 0; c <= kMaxCodePoint; ++c) {
    if (IsBidiControl(c)) controls.push_back(c);
  }
  EXPECT_EQ(controls, (std::vector<char32_t>{0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D,
                                             0x202E, 0x2066, 0x2067, 0x2068, 0x2069}));
}

TEST(UnicodeTest, KnowsWhatLeavesNoMark) {
  for (const char32_t c :
       {0x00,   0x07,   0x1B,   0x7F,   0x85,   0xA0,   0xAD,   0x034F, 0x061C, 0x115F,  0x1680,
        0x180E, 0x2000, 0x200B, 0x200C, 0x200D, 0x200E, 0x2028, 0x2029, 0x202E, 0x202F,  0x205F,
        0x2060, 0x2066, 0x2800, 0x3000, 0x3164, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xE0020, 0xE0100}) {
    EXPECT_TRUE(IsInvisible(c)) << DescribeCodePoint(c);
  }
  for (const char32_t c : {0x09, 0x0A, 0x0D, 0x20, 0x21, 0x41, 0x5F, 0xDF, 0x0301, 0x0600, 0x0631,
                           0x0BCD, 0x2010, 0x4E2D, 0xFFFC, 0xFFFD, 0x1F600}) {
    EXPECT_FALSE(IsInvisible(c)) << DescribeCodePoint(c);
  }
}

TEST(UnicodeTest, DescribesCodePoints) {
  EXPECT_EQ(DescribeCodePoint('A'), "U+0041 LATIN CAPITAL LETTER A");
  EXPECT_EQ(DescribeCodePoint(0x200B), "U+200B ZERO WIDTH SPACE");
  EXPECT_EQ(DescribeCodePoint(0xA0), "U+00A0 NO-BREAK SPACE");
  EXPECT_EQ(DescribeCodePoint(0x1F600), "U+1F600 GRINNING FACE");
  EXPECT_EQ(DescribeCodePoint(0), "U+0000 control character");
  EXPECT_EQ(DescribeCodePoint(0xE000), "U+E000 private use character");
  EXPECT_EQ(DescribeCodePoint(0x0378), "U+0378 unassigned character");
  EXPECT_EQ(DescribeCodePoint(0x4E2D), "U+4E2D CJK UNIFIED IDEOGRAPH-4E2D");
}

TEST(UnicodeTest, ReadsDigitsOfEveryScript) {
  EXPECT_EQ(DecimalDigitValue('7'), 7);
  EXPECT_EQ(DecimalDigitValue(0x0662), 2);   // Arabic-Indic
  EXPECT_EQ(DecimalDigitValue(0x06F5), 5);   // Persian
  EXPECT_EQ(DecimalDigitValue(0x096F), 9);   // Devanagari
  EXPECT_EQ(DecimalDigitValue(0xFF10), 0);   // full width
  EXPECT_EQ(DecimalDigitValue(0x1D7D9), 1);  // mathematical
  EXPECT_EQ(DecimalDigitValue('a'), -1);
  EXPECT_EQ(DecimalDigitValue(0x00B2), -1) << "a superscript is no digit";
  EXPECT_EQ(DecimalDigitValue(0x4E8C), -1) << "an ideograph is no digit";
}

TEST(UnicodeTest, MapsCaseInFullWhateverTheLocale) {
  EXPECT_EQ(ToUpper("straße"), "STRASSE");
  EXPECT_EQ(ToLower("STRASSE"), "strasse");
  EXPECT_EQ(ToLower("\u0130"), "i\u0307") << "not the Turkish rule";
  EXPECT_EQ(ToUpper("i"), "I");
  EXPECT_EQ(ToLower("ΑΣ"), "ας") << "sigma at the end of a word";
  EXPECT_EQ(ToUpper("\uFB03"), "FFI") << "one becomes three";
  EXPECT_EQ(ToLower("Plan A_1 [Z]"), "plan a_1 [z]");
  EXPECT_EQ(ToUpper("plan a_1 {z}"), "PLAN A_1 {Z}");
  EXPECT_EQ(ToLower("رسائل 中"), "رسائل 中");
  EXPECT_EQ(ToLower(""), "");
}

TEST(UnicodeTest, KnowsColumnsOfATerminal) {
  const std::pair<std::string, int> kCases[] = {
      {"", 0},
      {"abc", 3},
      {"größe", 5},
      {"gro\u0308ße", 5},  // a combining mark
      {"中文", 4},         // wide
      {"ｆｕｌｌ", 8},     // full width
      {"ﾊﾝｶｸ", 4},         // half width
      {"한", 2},
      {"\u1112\u1161\u11AB", 2},  // the same, as conjoining letters
      {"😀", 2},
      {"رسائل", 5},
      {"a\u200Bb", 2},
      {"a\u200Db", 2},
      {"é\u0301\u0302", 1},
      {"\u0600", 1},        // a visible format character
      {"\u0E01\u0E34", 1},  // Thai, a vowel above
      {"…", 1},
  };
  for (const auto& [text, width] : kCases) EXPECT_EQ(DisplayWidth(text), width) << text;
}

TEST(UnicodeTest, EveryWidthIsZeroOneOrTwoAndVisibleCharactersHaveSome) {
  for (char32_t c = 0; c <= kMaxCodePoint; ++c) {
    const int width = DisplayWidth(c);
    ASSERT_GE(width, 0);
    ASSERT_LE(width, 2);
    if (0x20 <= c && c < 0x7F) {
      ASSERT_EQ(width, 1);
    }
    if (IsRightToLeft(c) && !IsInvisible(c)) {
      ASSERT_LE(width, 1) << DescribeCodePoint(c);
    }
  }
}

TEST(UnicodeTest, KnowsRightToLeftText) {
  EXPECT_TRUE(HasRightToLeft("when رسائل > 5"));
  EXPECT_TRUE(HasRightToLeft("שלום"));
  EXPECT_FALSE(HasRightToLeft("größe 中文 123 😀"));
  EXPECT_FALSE(HasRightToLeft("٢٠٠٠")) << "Arabic digits alone run from left to right";
  EXPECT_FALSE(HasRightToLeft(""));
}

TEST(UnicodeTest, EscapesWhatCouldFoolATerminal) {
  EXPECT_EQ(EscapeUnprintable("plain größe رسائل 中文 😀"), "plain größe رسائل 中文 😀");
  EXPECT_EQ(EscapeUnprintable("a\u202Eb"), "a<U+202E>b");
  EXPECT_EQ(EscapeUnprintable("\x1b[31mred"), "<U+001B>[31mred");
  EXPECT_EQ(EscapeUnprintable("a\nb\tc\r"), "a<U+000A>b<U+0009>c<U+000D>");
  EXPECT_EQ(EscapeUnprintable(std::string_view("\0", 1)), "<U+0000>");
  EXPECT_EQ(EscapeUnprintable("a\xC2\x85"), "a<U+0085>") << "a control of Latin 1";
  EXPECT_EQ(EscapeUnprintable("a\xFF\xE2\x82z"), "a<0xFF><0xE2><0x82>z");
  EXPECT_EQ(EscapeUnprintable("a\u00A0b\u200B\uFEFF"), "a<U+00A0>b<U+200B><U+FEFF>");
  EXPECT_EQ(EscapeUnprintable("\uE000\u0378"), "<U+E000><U+0378>");
  EXPECT_EQ(EscapeUnprintable("می\u200Cخواهم"), "می\u200Cخواهم") << "a joiner of Persian";
  EXPECT_EQ(EscapeUnprintable("❤\uFE0F"), "❤\uFE0F");
}

TEST(UnicodeTest, CutsWhatIsTooLongForAMessage) {
  EXPECT_EQ(EscapeAndCut("a\nb"), "a<U+000A>b");
  std::string sixty;
  for (int i = 0; i < 60; ++i) sixty += "😀";
  EXPECT_EQ(EscapeAndCut(sixty), sixty);
  EXPECT_EQ(EscapeAndCut(sixty + "x"), sixty + "...");
  EXPECT_EQ(EscapeAndCut(sixty + sixty + "\xFF"), sixty + "...");
  EXPECT_EQ(EscapeAndCut(std::string(1 << 20, '\xFF')).size(), 63U);
  const std::string fifty(50, 'x');
  EXPECT_EQ(EscapeAndCut(fifty + "x\u202Eyy"), fifty + "x<U+202E>y...") << "51 + 8 + 1";
  EXPECT_EQ(EscapeAndCut(fifty + "xxx\u202E"), fifty + "xxx...")
      << "an escape is whole, or is not there";
}

TEST(UnicodeTest, NothingUnprintableIsLeftAfterEscaping) {
  for (char32_t c = 0; c <= kMaxCodePoint; ++c) {
    if (IsSurrogate(c)) continue;
    const std::string shown = EscapeUnprintable(Utf8(c));
    ASSERT_EQ(EscapeUnprintable(shown), shown);
    if (IsBidiControl(c) || c < 0x20) {
      ASSERT_EQ(shown.front(), '<') << DescribeCodePoint(c);
    }
  }
  for (int byte = 0x80; byte < 0x100; ++byte) {
    EXPECT_EQ(EscapeUnprintable(std::string(1, static_cast<char>(byte))).size(), 6u);
  }
}

// Isolates made visible: [ and ].
std::string Isolated(std::string_view text) {
  std::string out = IsolateRightToLeft(text);
  for (const auto& [isolate, mark] : {std::pair("\u2067", "["), std::pair("\u2069", "]")}) {
    for (size_t at = 0; (at = out.find(isolate)) != std::string::npos;) out.replace(at, 3, mark);
  }
  return out;
}

TEST(UnicodeTest, IsolatesRunsOfRightToLeftWords) {
  EXPECT_EQ(Isolated("when x > 5"), "when x > 5");
  EXPECT_EQ(Isolated("when رسائل > 5"), "when [رسائل] > 5");
  EXPECT_EQ(Isolated("رسائل == قنوات"), "[رسائل] == [قنوات]") << "operands stay apart";
  EXPECT_EQ(Isolated("رسائل_2 > 5"), "[رسائل_2] > 5") << "a digit of the word";
  EXPECT_EQ(Isolated("رسائل 5"), "[رسائل] 5") << "a digit of its own";
  EXPECT_EQ(Isolated("\"فريق بلغ حد الرسائل\""), "\"[فريق بلغ حد الرسائل]\"")
      << "a sentence is one run";
  EXPECT_EQ(Isolated("(\"أ\", \"ب\")"), "(\"[أ]\", \"[ب]\")");
  EXPECT_EQ(Isolated("# الخطة، 20 يومًا."), "# [الخطة، 20 يومًا].");
  EXPECT_EQ(Isolated("שלום abc עולם"), "[שלום] abc [עולם]");
  EXPECT_EQ(Isolated(""), "");
}

}  // namespace
}  // namespace pql
