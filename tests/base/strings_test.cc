#include "base/strings.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace pql {
namespace {

TEST(StringsTest, StrCatTakesEveryKindOfText) {
  const std::string_view view = "view";
  const std::string text = "text";
  const absl::string_view other = "absl";
  EXPECT_EQ(StrCat(view, " ", text, " ", other, " ", 42, " ", size_t{7}), "view text absl 42 7");
  std::string out = "a";
  StrAppend(&out, view, -1);
  EXPECT_EQ(out, "aview-1");
}

TEST(StringsTest, ViewsConvertBothWays) {
  const std::string_view with_nul("a\0b", 3);
  EXPECT_EQ(FromAbsl(ToAbsl(with_nul)), with_nul);
}

struct DistanceCase {
  std::string_view a;
  std::string_view b;
  int distance;
};

TEST(StringsTest, EditDistanceCountsEdits) {
  const DistanceCase kCases[] = {
      {"", "", 0},
      {"", "abc", 3},
      {"messages", "messages", 0},
      {"mesages", "messages", 1},    // a letter left out
      {"messagges", "messages", 1},  // one too many
      {"nessages", "messages", 1},   // another
      {"emssages", "messages", 1},   // two swapped
      {"Messages", "mESSAGES", 0},   // case does not count
      {"größe", "grösse", 2},        // code points, not bytes
      {"رسايل", "رسائل", 1},
      {"ca", "abc", 3},  // optimal string alignment: no edit inside a swap
      {"kitten", "sitting", 3},
  };
  for (const DistanceCase& c : kCases) {
    EXPECT_EQ(EditDistance(c.a, c.b, 10), c.distance) << c.a << " " << c.b;
    EXPECT_EQ(EditDistance(c.b, c.a, 10), c.distance) << c.a << " " << c.b;
  }
}

// The definition, without any cleverness.
int PlainDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = static_cast<int>(i + j);
        continue;
      }
      d[i][j] = std::min(
          {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

TEST(StringsTest, EditDistanceGivesUpExactlyBeyondTheLimit) {
  std::mt19937 random(11);
  const auto word = [&random] {
    std::string text(random() % 8, ' ');
    for (char& c : text) c = static_cast<char>('a' + random() % 3);
    return text;
  };
  for (int i = 0; i < 50'000; ++i) {
    const std::string a = word();
    const std::string b = word();
    const int limit = static_cast<int>(random() % 6);
    ASSERT_EQ(EditDistance(a, b, limit), std::min(PlainDistance(a, b), limit + 1))
        << a << " " << b << " limit " << limit;
  }
}

TEST(StringsTest, NearestWordSuggestsSlipsOfTheKeyboardOnly) {
  const std::vector<std::string> names = {"messages", "channels", "plan", "größe", "mql", "pql"};
  EXPECT_EQ(NearestWord("mesages", names), "messages");
  EXPECT_EQ(NearestWord("Chanels", names), "channels");
  EXPECT_EQ(NearestWord("plna", names), "plan");
  EXPECT_EQ(NearestWord("grösse", names), "größe");
  EXPECT_EQ(NearestWord("storage_used", names), "");
  EXPECT_EQ(NearestWord("x", names), "");
  EXPECT_EQ(NearestWord("", names), "");
  EXPECT_EQ(NearestWord("sql", names), "mql") << "the first of equals";
  EXPECT_EQ(NearestWord("messages", std::vector<std::string_view>{}), "");
}

TEST(StringsTest, OnlyOneSlipThatCanBeNoOtherIsEvident) {
  const std::vector<std::string> names = {"messages", "channels", "plan",      "logins_30d",
                                          "größe",    "mql",      "seats_eu",  "seats_us",
                                          "Trial",    "TRIAL",    "usage_q12", "teammates_invited"};
  const struct {
    std::string_view word;
    std::string_view nearest;
    bool evident;
  } kCases[] = {
      {"mesages", "messages", true},    // a letter left out
      {"messagges", "messages", true},  // one too many
      {"nessages", "messages", true},   // another
      {"emssages", "messages", true},   // two swapped
      {"plna", "plan", true},
      {"pla", "plan", true},
      {"grösse", "größe", false},  // two edits
      {"größee", "größe", true},
      {"Messages", "messages", true},
      {"Mesages", "messages", true},
      {"msages", "messages", false},
      {"teammate_invite", "teammates_invited", false},
      {"logins_90d", "logins_30d", false},  // another span of time
      {"logins_3d", "logins_30d", false},
      {"logins_03d", "logins_30d", false},
      {"logins_٣0d", "logins_30d", true},  // the same digit of another script
      {"logns_30d", "logins_30d", true},
      {"logins30d", "logins_30d", true},
      {"usage_q21", "usage_q12", false},
      {"plan2", "plan", false},
      {"sql", "mql", false},  // as likely another one
      {"MQL", "mql", true},
      {"seats_es", "seats_eu", false},  // `seats_us` is as near
      {"seats_e", "seats_eu", true},
      {"trial", "Trial", false},
      {"tria", "Trial", false},
  };
  for (const auto& each : kCases) {
    EXPECT_EQ(IsEvident(each.nearest, each.word, names), each.evident) << each.word;
  }
}

TEST(StringsTest, EditDistanceLimitIsAThirdOfTheWord) {
  EXPECT_EQ(EditDistanceLimit(""), 1);
  EXPECT_EQ(EditDistanceLimit("abcde"), 1);
  EXPECT_EQ(EditDistanceLimit("abcdef"), 2);
  EXPECT_EQ(EditDistanceLimit("رسائل"), 1) << "five letters, ten bytes";
}

}  // namespace
}  // namespace pql
