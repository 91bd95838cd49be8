#include "eval/kleene.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A letter a part: t, f, m (missing, mendable by the metric of the part's position), u (missing,
// and no metric can mend it).
Result Part(char letter, uint32_t metric) {
  switch (letter) {
    case 't':
      return PresentResult(Value::Bool(true));
    case 'f':
      return PresentResult(Value::Bool(false));
    case 'm':
      return MissingResult({metric});
    default:
      return PresentResult(Value::Missing());
  }
}

std::vector<Result> Parts(const std::string& letters) {
  std::vector<Result> parts;
  for (uint32_t i = 0; i < letters.size(); ++i) parts.push_back(Part(letters[i], i));
  return parts;
}

char Letter(const Result& result) {
  if (result.value.IsMissing()) return 'm';
  return result.value.IsTrue() ? 't' : 'f';
}

// Every text of `length` letters.
std::vector<std::string> Texts(const std::string& letters, int length) {
  if (length == 0) return {""};
  std::vector<std::string> texts;
  for (const std::string& rest : Texts(letters, length - 1)) {
    for (const char letter : letters) texts.push_back(rest + letter);
  }
  return texts;
}

struct TruthRow {
  const char* operands;
  char both;    // a and b
  char either;  // a or b
};

TEST(KleeneTest, TruthTablesOfTwo) {
  constexpr TruthRow kRows[] = {
      {"tt", 't', 't'}, {"tf", 'f', 't'}, {"tm", 'm', 't'}, {"ft", 'f', 't'}, {"ff", 'f', 'f'},
      {"fm", 'f', 'm'}, {"mt", 'm', 't'}, {"mf", 'f', 'm'}, {"mm", 'm', 'm'},
  };
  for (const TruthRow& row : kRows) {
    EXPECT_EQ(Letter(And(Parts(row.operands))), row.both) << row.operands;
    EXPECT_EQ(Letter(Or(Parts(row.operands))), row.either) << row.operands;
  }
}

TEST(KleeneTest, TruthTableOfNot) {
  EXPECT_EQ(Letter(Not(Part('t', 0))), 'f');
  EXPECT_EQ(Letter(Not(Part('f', 0))), 't');
  EXPECT_EQ(Letter(Not(Part('m', 0))), 'm');
}

// Kleene's strong logic over independent parts is what holds in every completion.
char InEveryCompletion(const std::string& letters, int count) {
  int trues = 0;
  for (size_t i = 0; i < letters.size(); ++i) {
    if (letters[i] == 'm') {
      std::string completed = letters;
      completed[i] = 't';
      const char if_true = InEveryCompletion(completed, count);
      completed[i] = 'f';
      return InEveryCompletion(completed, count) == if_true ? if_true : 'm';
    }
    if (letters[i] == 't') ++trues;
  }
  return trues >= count ? 't' : 'f';
}

TEST(KleeneTest, AtLeastAndLongChainsAgreeWithEveryCompletion) {
  for (int length = 1; length <= 5; ++length) {
    for (const std::string& letters : Texts("tfm", length)) {
      for (int count = 1; count <= length + 1; ++count) {
        EXPECT_EQ(Letter(AtLeast(count, Parts(letters))), InEveryCompletion(letters, count))
            << "at least " << count << " of " << letters;
      }
      EXPECT_EQ(Letter(And(Parts(letters))), InEveryCompletion(letters, length)) << letters;
      EXPECT_EQ(Letter(Or(Parts(letters))), InEveryCompletion(letters, 1)) << letters;
    }
  }
}

struct NamesRow {
  const char* what;
  Result result;
  MissingMetrics missing;
};

TEST(KleeneTest, NamesOnlyWhatCanStillDecide) {
  const NamesRow kRows[] = {
      {"and of what is missing", And(Parts("mtm")), {0, 2}},
      {"or of what is missing", Or(Parts("fmm")), {1, 2}},
      {"and that a metric can make false", And(Parts("um")), {1}},
      {"or that a metric can make true", Or(Parts("um")), {1}},
      {"nothing to mend", And(Parts("tu")), {}},
      {"two of three, one past mending: both others, to either side",
       AtLeast(2, Parts("umm")),
       {1, 2}},
      {"two of three, two past mending: one alone decides nothing", AtLeast(2, Parts("uum")), {}},
      {"two of three, one true and one past mending", AtLeast(2, Parts("tum")), {2}},
      {"two of three, one false and one past mending", AtLeast(2, Parts("fum")), {2}},
      {"three of four, one past mending", AtLeast(3, Parts("ttum")), {3}},
      {"and of what can only become true", And(std::vector{Part('u', 0), Or(Parts("um"))}), {}},
      {"or of what can only become true", Or(std::vector{Part('u', 0), Or(Parts("um"))}), {1}},
      {"not turns the sides", Or(std::vector{Part('u', 0), Not(Or(Parts("um")))}), {}},
      {"and of not", And(std::vector{Part('u', 0), Not(Or(Parts("um")))}), {1}},
  };
  for (const NamesRow& row : kRows) {
    EXPECT_TRUE(row.result.value.IsMissing()) << row.what;
    EXPECT_EQ(row.result.missing, row.missing) << row.what;
  }
}

TEST(KleeneTest, PresentResultsNameNothing) {
  EXPECT_THAT(And(Parts("mf")).missing, IsEmpty());
  EXPECT_THAT(Or(Parts("mt")).missing, IsEmpty());
  EXPECT_THAT(AtLeast(1, Parts("mt")).missing, IsEmpty());
}

TEST(KleeneTest, ChooseTakesABranchOrNamesTheCondition) {
  const Result three = PresentResult(Value::Number(3));
  const Result absent = MissingResult({7});
  EXPECT_EQ(Choose(Part('t', 0), three, absent).value, Value::Number(3));
  EXPECT_THAT(Choose(Part('f', 0), three, absent).missing, ElementsAre(7));
  EXPECT_THAT(Choose(Part('m', 0), three, absent).missing, ElementsAre(0));
  EXPECT_TRUE(Choose(Part('m', 0), three, three).value.IsMissing());
  EXPECT_THAT(Choose(Part('u', 0), three, absent).missing, IsEmpty());
}

TEST(KleeneTest, ChooseNamesNothingWhenNoBranchCanBePresent) {
  const Result broken = PresentResult(Value::Missing());
  EXPECT_THAT(Choose(Part('m', 0), broken, broken).missing, IsEmpty());
  EXPECT_THAT(Choose(Part('m', 0), broken, Part('t', 0)).missing, ElementsAre(0));
}

TEST(KleeneTest, ChooseKnowsWhichWayItCanTurn) {
  const Result yes = PresentResult(Value::Bool(true));
  const Result only_true = Choose(Part('m', 0), yes, yes);
  EXPECT_THAT(only_true.deciders.to_true, ElementsAre(0));
  EXPECT_THAT(only_true.deciders.to_false, IsEmpty());
}

TEST(KleeneTest, FirstPresentIsTheFirstOrNamesAll) {
  EXPECT_EQ(Letter(FirstPresent(Parts("mft"))), 'f');
  EXPECT_THAT(FirstPresent(Parts("mum")).missing, ElementsAre(0, 2));
  EXPECT_THAT(FirstPresent(Parts("u")).missing, IsEmpty());
}

TEST(KleeneTest, StrictOperationNamesAllUnlessOneIsPastMending) {
  EXPECT_THAT(MissingOperand(Parts("mtm"), false).missing, ElementsAre(0, 2));
  EXPECT_THAT(MissingOperand(Parts("mum"), false).missing, IsEmpty());
  EXPECT_THAT(MissingOperand(Parts("mtm"), true).missing, IsEmpty());
}

// So many that names which are put together part by part would take minutes.
TEST(KleeneTest, ManyPartsAreNamedAtOnce) {
  constexpr uint32_t kParts = 400'000;
  std::vector<Result> parts;
  MissingMetrics all;
  for (uint32_t i = 0; i < kParts; ++i) {
    parts.push_back(MissingResult({i / 2}));
    if (i % 2 == 0) all.push_back(i / 2);
  }
  std::reverse(parts.begin(), parts.end());
  EXPECT_EQ(Or(parts).missing, all);
  EXPECT_EQ(FirstPresent(parts).missing, all);
  EXPECT_EQ(MissingOperand(parts, false).missing, all);
}

TEST(KleeneTest, UnionKeepsOrderAndNamesOnce) {
  EXPECT_THAT(Union({1, 4}, {0, 4, 9}), ElementsAre(0, 1, 4, 9));
  EXPECT_THAT(Union({}, {}), IsEmpty());
}

}  // namespace
}  // namespace pql
