#include "base/ascii.h"

#include <gtest/gtest.h>

#include <string>

namespace pql {
namespace {

TEST(IsAscii, EveryPlaceOfEveryLengthCounts) {
  for (size_t size = 0; size <= 40; ++size) {
    std::string text(size, '\x7f');
    EXPECT_TRUE(IsAscii(text)) << size;
    for (size_t place = 0; place < size; ++place) {
      text[place] = '\x80';
      EXPECT_FALSE(IsAscii(text)) << size << " " << place;
      text[place] = '\0';
    }
    EXPECT_TRUE(IsAscii(text)) << size;
  }
}

TEST(IsAscii, NothingBeyondTheTextIsRead) {
  const std::string text = "\xff\xffplan\xff\xff";
  EXPECT_TRUE(IsAscii(std::string_view(text).substr(2, 4)));
  EXPECT_TRUE(IsAscii({}));
}

}  // namespace
}  // namespace pql
