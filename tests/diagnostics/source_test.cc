#include "diagnostics/source.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace pql {
namespace {

struct Place {
  size_t offset;
  int line;
  int column;
};

void ExpectPlaces(const std::string& text, const std::vector<Place>& places) {
  const SourceFile file("a.pql", text);
  for (const Place& place : places) {
    const LineColumn seen = file.Locate(place.offset);
    EXPECT_EQ(seen.line, place.line) << "offset " << place.offset << " of " << text;
    EXPECT_EQ(seen.column, place.column) << "offset " << place.offset << " of " << text;
  }
}

TEST(SourceFileTest, LocatesLinesAndColumnsFromOne) {
  ExpectPlaces("ab\ncd\n", {{0, 1, 1}, {1, 1, 2}, {2, 1, 3}, {3, 2, 1}, {5, 2, 3}, {6, 3, 1}});
  ExpectPlaces("", {{0, 1, 1}});
}

TEST(SourceFileTest, ColumnsCountCodePoints) {
  ExpectPlaces("größe > 1", {{2, 1, 3}, {4, 1, 4}, {6, 1, 5}, {7, 1, 6}});
  ExpectPlaces("中x", {{3, 1, 2}});
  ExpectPlaces("😀x", {{4, 1, 2}});
  ExpectPlaces("o\u0308x", {{3, 1, 3}});
}

TEST(SourceFileTest, AnOffsetInsideACodePointIsWhereItBegins) {
  ExpectPlaces("a😀b", {{1, 1, 2}, {2, 1, 2}, {3, 1, 2}, {4, 1, 2}, {5, 1, 3}});
}

TEST(SourceFileTest, BrokenBytesCountOneEach) {
  ExpectPlaces(
      "a\xFF\xFE"
      "b",
      {{1, 1, 2}, {2, 1, 3}, {3, 1, 4}});
  ExpectPlaces("\x80\x80\x80\x80\x80x", {{4, 1, 5}, {5, 1, 6}});
  ExpectPlaces("a\xE2\x82z", {{1, 1, 2}, {2, 1, 3}, {3, 1, 4}});
}

TEST(SourceFileTest, KnowsEveryLineEnd) {
  const SourceFile file("a.pql", "unix\ndos\r\nmac\rlast");
  ASSERT_EQ(file.line_count(), 4);
  EXPECT_EQ(file.Line(1), "unix");
  EXPECT_EQ(file.Line(2), "dos");
  EXPECT_EQ(file.Line(3), "mac");
  EXPECT_EQ(file.Line(4), "last");
  EXPECT_EQ(file.LineBegin(3), 10);
  ExpectPlaces("a\r\nb\rc", {{2, 1, 3}, {3, 2, 1}, {5, 3, 1}});
}

TEST(SourceFileTest, ATextThatEndsWithALineEndHasAnEmptyLastLine) {
  const SourceFile file("a.pql", "a\n");
  ASSERT_EQ(file.line_count(), 2);
  EXPECT_EQ(file.Line(2), "");
  EXPECT_EQ(SourceFile("empty", "").line_count(), 1);
  EXPECT_EQ(SourceFile("empty", "").Line(1), "");
  EXPECT_EQ(SourceFile("a", "\r\n\r\n").Line(2), "");
}

TEST(SourceRangeTest, JoinsAndContains) {
  const SourceRange left{1, 2, 5};
  const SourceRange right{1, 7, 9};
  EXPECT_EQ(left.To(right), (SourceRange{1, 2, 9}));
  EXPECT_TRUE(left.To(right).Contains(right));
  EXPECT_FALSE(left.Contains(right));
  EXPECT_FALSE(left.Contains({2, 3, 4})) << "another file";
}

TEST(SourceSetTest, OwnsTextsByNumber) {
  SourceSet sources;
  const FileId first = sources.AddFile("a.pql", "metric a");
  const SourceFile& file = sources.file(first);
  for (int i = 0; i < 100; ++i) sources.AddFile("more.pql", "metric b");
  EXPECT_EQ(sources.size(), 101);
  EXPECT_EQ(file.name(), "a.pql") << "references stay valid";
  EXPECT_EQ(sources.Text({first, 7, 8}), "a");
  EXPECT_EQ(sources.Text({100, 0, 6}), "metric");
}

}  // namespace
}  // namespace pql
