#include "language/type.h"

#include <string>

#include "gtest/gtest.h"

namespace pql {
namespace {

struct TextRow {
  Type type;
  const char* declared;
  const char* described;
};

TEST(TypeTest, Texts) {
  const TextRow kRows[] = {
      {Type(), "unknown", "a value"},
      {Type::Number(), "number", "a number"},
      {Type::Number("bytes"), "number unit bytes", "a number of bytes"},
      {Type::Bool(), "bool", "true or false"},
      {Type::String(), "string", "a string"},
      {Type::OneOf({"a", "say \"b\""}), R"(one of ("a", "say \"b\""))",
       R"(one of ("a", "say \"b\""))"},
      {Type::Timestamp(), "timestamp", "a timestamp"},
      {Type::Duration(), "duration", "a duration"},
      {Type::NumberList(), "list(number)", "a list of numbers"},
      {Type::StringList(), "list(string)", "a list of strings"},
  };
  for (const TextRow& row : kRows) {
    EXPECT_EQ(row.type.ToString(), row.declared);
    EXPECT_EQ(row.type.Describe(), row.described);
  }
}

TEST(TypeTest, EqualityCountsUnitsAndOptions) {
  EXPECT_EQ(Type::Number("bytes"), Type::Number("bytes"));
  EXPECT_FALSE(Type::Number("bytes") == Type::Number());
  EXPECT_EQ(Type::OneOf({"a", "b"}), Type::OneOf({"a", "b"}));
  EXPECT_FALSE(Type::OneOf({"a", "b"}) == Type::OneOf({"a"}));
  EXPECT_FALSE(Type::OneOf({"a"}) == Type::String());
  EXPECT_FALSE(Type::NumberList() == Type::StringList());
}

TEST(TypeTest, Families) {
  EXPECT_TRUE(Type::OneOf({"a"}).IsText());
  EXPECT_TRUE(Type::String().IsText());
  EXPECT_FALSE(Type::StringList().IsText());
  EXPECT_TRUE(Type::Number().IsOrdered());
  EXPECT_TRUE(Type::Timestamp().IsOrdered());
  EXPECT_TRUE(Type::Duration().IsOrdered());
  EXPECT_FALSE(Type::String().IsOrdered());
  EXPECT_FALSE(Type::Bool().IsOrdered());
  EXPECT_EQ(Type::NumberList().Element(), Type::Number());
  EXPECT_EQ(Type::StringList().Element(), Type::String());
  EXPECT_TRUE(Type::Number().options().empty());
}

}  // namespace
}  // namespace pql
