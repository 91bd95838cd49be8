#include "diagnostics/diagnostic_table.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "base/unicode.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

bool IsKebabCase(std::string_view name) {
  const auto is_word_character = [](char c) { return ('a' <= c && c <= 'z') || std::isdigit(c); };
  if (name.empty() || !('a' <= name.front() && name.front() <= 'z')) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool is_inner_hyphen =
        name[i] == '-' && i + 1 < name.size() && is_word_character(name[i + 1]);
    if (!is_word_character(name[i]) && !is_inner_hyphen) return false;
  }
  return true;
}

// "kUnknownMetric" of "unknown-metric".
std::string KindName(std::string_view name) {
  std::string kind = "k";
  bool capital = true;
  for (const char c : name) {
    if (c != '-') kind += capital ? static_cast<char>(std::toupper(c)) : c;
    capital = c == '-';
  }
  return kind;
}

std::string_view EnumeratorOf(DiagnosticKind kind) {
  static constexpr std::string_view kEnumerators[] = {
#define PQL_DIAGNOSTIC(kind, ...) #kind,
#include "diagnostics/table/all.def"
#undef PQL_DIAGNOSTIC
  };
  return kEnumerators[static_cast<size_t>(kind)];
}

bool HasUnpairedBacktick(std::string_view text) {
  return std::count(text.begin(), text.end(), '`') % 2 != 0;
}

TEST(DiagnosticTableTest, CodesAscendAndSayTheirFamily) {
  int last = 0;
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    EXPECT_GT(info.code, last) << info.name;
    EXPECT_GE(info.code, 1000) << info.name;
    EXPECT_LE(info.code, 9999) << info.name;
    last = info.code;
  }
}

TEST(DiagnosticTableTest, NamesAreUniqueKebabCaseAndThoseOfTheEnumerators) {
  std::set<std::string_view> names;
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name << " is there twice";
    EXPECT_TRUE(IsKebabCase(info.name)) << info.name;
    EXPECT_EQ(EnumeratorOf(info.kind), KindName(info.name));
  }
}

TEST(DiagnosticTableTest, MessagesAreInTheHouseStyle) {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    ASSERT_FALSE(info.message.empty()) << info.name;
    const char first = info.message.front();
    const char last = info.message.back();
    EXPECT_FALSE(std::isupper(static_cast<unsigned char>(first))) << info.message;
    EXPECT_FALSE(std::isspace(static_cast<unsigned char>(first))) << info.message;
    EXPECT_TRUE(last != '.' && last != '!' && last != ' ') << info.message;
    EXPECT_FALSE(HasUnpairedBacktick(info.message)) << info.message;
    EXPECT_EQ(info.message.find('\n'), std::string_view::npos) << info.message;
    EXPECT_EQ(info.message.find("  "), std::string_view::npos) << info.message;
  }
}

TEST(DiagnosticTableTest, EveryRowIsExplainedWithAWrongAndARightExample) {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    ASSERT_FALSE(info.explanation.empty()) << info.name;
    EXPECT_EQ(info.explanation.back(), '.') << info.name << ": whole sentences";
    EXPECT_FALSE(HasUnpairedBacktick(info.explanation)) << info.name;
    EXPECT_FALSE(info.wrong.empty()) << info.name;
    EXPECT_FALSE(info.right.empty()) << info.name;
    EXPECT_NE(info.wrong, info.right) << info.name;
    for (const std::string_view text : {info.message, info.explanation, info.wrong, info.right}) {
      EXPECT_EQ(FindInvalidUtf8(text), std::nullopt) << info.name;
    }
  }
}

TEST(DiagnosticTableTest, LintFindingsAreWarningsAndAllOthersErrors) {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    if (info.code < 2000) {
      EXPECT_EQ(info.severity, Severity::kError) << info.name;
    } else {
      EXPECT_NE(info.severity, Severity::kError) << info.name;
    }
  }
}

TEST(DiagnosticTableTest, EveryRowIsFoundByKindCodeAndName) {
  ASSERT_FALSE(AllDiagnostics().empty());
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    EXPECT_EQ(&InfoOf(info.kind), &info);
    EXPECT_EQ(FindDiagnostic(info.name), &info);
    EXPECT_EQ(FindDiagnostic(CodeText(info.kind)), &info);
    EXPECT_EQ(FindDiagnostic(StrCat("pql", info.code)), &info);
    EXPECT_EQ(FindDiagnostic(StrCat(info.code)), &info);
  }
}

TEST(DiagnosticTableTest, NothingElseIsFound) {
  const std::string code = CodeText(AllDiagnostics().front().kind);
  for (const std::string& text :
       {std::string(), std::string("PQL"), std::string("PQL0"), std::string("PQL99999"),
        std::string("-1"), std::string("no-such-finding"), code + " ", code + "x", " " + code,
        std::string("99999999999999999999")}) {
    EXPECT_EQ(FindDiagnostic(text), nullptr) << text;
  }
}

TEST(DiagnosticTableTest, NamesSeverities) {
  EXPECT_EQ(SeverityName(Severity::kError), "error");
  EXPECT_EQ(SeverityName(Severity::kWarning), "warning");
  EXPECT_EQ(SeverityName(Severity::kHint), "hint");
}

}  // namespace
}  // namespace pql
