// The examples in the documentation are true.  The first line of a code block says what it is:
//
//   ```pql                        a complete rule set: no finding, and all its tests pass
//   ```pql vocabulary             such a rule set, whose metrics and first test (an account) the
//                                 conditions further down use
//   ```pql condition              an expression a line, see example_rule_set.h
//   ```pql condition error=CODE   each of them has this finding
//   ```pql error=CODE[,CODE...]   a rule set with exactly these findings
//   ```pql finding=CODE           a rule set without errors that stands for a warning
//   ```... file=PATH              a file; the rule set in its directory is as above, with the word
//                                 `fails` one with a failing test
//   ```console                    commands behind `$`, with what they print
//
// With PQL_UPDATE_TESTDATA=1 the output of the commands is written anew.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ruleset/rule_directory.h"
#include "ruleset/rule_set.h"
#include "tests/rules/document_shell.h"
#include "tests/rules/example_rule_set.h"
#include "tests/rules/markdown.h"

namespace pql {
namespace {

using ::testing::ElementsAreArray;

constexpr const char* kDocuments[] = {"README.md", "grammar/README.md", "grammar/diagnostics.md",
                                      "proto/README.md", "rules/README.md"};

std::vector<std::string> SplitCodes(std::string_view list) {
  std::vector<std::string> codes;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    codes.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return codes;
}

class DocumentTest : public ::testing::TestWithParam<const char*> {
 protected:
  void Check(const CodeBlock& block) {
    SCOPED_TRACE(StrCat(GetParam(), ":", block.line));
    if (block.language == "console") return CheckCommands(block);
    const std::optional<std::string> file = block.Argument("file");
    if (file.has_value()) shell_.Write(*file, block.text);
    if (block.language != "pql") return;
    for (const std::string& word : block.words) CheckWord(word);
    if (block.Has("condition")) return CheckConditions(block);
    if (block.Has("vocabulary")) vocabulary_ = block.text;
    if (const auto code = block.Argument("finding")) return CheckWarning(block, *code);
    CheckRuleSet(block, file.has_value()
                            ? CompileDirectoryOf(*file)
                            : CompileRuleSet("example", {{"example.pql", block.text}}));
  }

  // The document with the output of its commands as it is now.
  std::string updated_;
  size_t copied_ = 0;  // up to where `updated_` holds the document
  std::string document_;

 private:
  static void CheckWord(const std::string& word) {
    const std::string key = word.substr(0, word.find('='));
    EXPECT_THAT(
        (std::vector<std::string>{"vocabulary", "condition", "error", "finding", "file", "fails"}),
        ::testing::Contains(key))
        << "nobody knows what this word of a code block means";
  }

  CompileResult CompileDirectoryOf(const std::string& file) const {
    const std::filesystem::path directory =
        (std::filesystem::path(shell_.directory()) / file).parent_path();
    auto sources = ReadRuleDirectory(directory.string(), kMaxBytes);
    EXPECT_TRUE(sources.ok()) << sources.status();
    return CompileRuleSet("example",
                          sources.ok() ? *std::move(sources) : std::vector<SourceText>());
  }

  static void CheckRuleSet(const CodeBlock& block, const CompileResult& result) {
    if (const auto codes = block.Argument("error")) {
      EXPECT_THAT(Codes(result), ElementsAreArray(SplitCodes(*codes))) << Complaints(result);
    } else if (block.Has("fails")) {
      EXPECT_TRUE(result.diagnostics.empty()) << Complaints(result);
      EXPECT_NE(FailingTests(*result.rule_set), "");
    } else {
      EXPECT_EQ(Complaints(result), "");
    }
  }

  // Warnings are the linter's, whose own tests hold that the example has it.
  static void CheckWarning(const CodeBlock& block, const std::string& code) {
    const DiagnosticInfo* info = FindDiagnostic(code);
    ASSERT_NE(info, nullptr) << code;
    EXPECT_NE(info->severity, Severity::kError) << code;
    const CompileResult result = CompileRuleSet("example", {{"example.pql", block.text}});
    EXPECT_TRUE(result.ok()) << Complaints(result);
  }

  void CheckConditions(const CodeBlock& block) const {
    ASSERT_NE(vocabulary_, "") << "no block above is the vocabulary";
    const std::vector<ConditionExample> examples = ConditionExamples(block.text);
    EXPECT_FALSE(examples.empty());
    EXPECT_EQ(
        ComplaintsAboutConditions(vocabulary_, examples, block.Argument("error").value_or("")), "");
  }

  void CheckCommands(const CodeBlock& block) {
    const std::string seen = shell_.Replay(block.text);
    if (std::getenv("PQL_UPDATE_TESTDATA") == nullptr) {
      EXPECT_EQ(block.text, seen) << "run rules_test with PQL_UPDATE_TESTDATA=1";
    }
    StrAppend(&updated_, std::string_view(document_).substr(copied_, block.begin - copied_), seen);
    copied_ = block.end;
  }

  DocumentShell shell_;
  std::string vocabulary_;
};

TEST_P(DocumentTest, ExamplesAreTrue) {
  const std::string path = StrCat(PQL_SOURCE_DIR, "/", GetParam());
  const auto document = ReadFile(path, kMaxBytes);
  ASSERT_TRUE(document.ok()) << document.status();
  document_ = *document;
  for (const CodeBlock& block : CodeBlocks(document_)) Check(block);
  updated_ += document_.substr(copied_);
  if (std::getenv("PQL_UPDATE_TESTDATA") != nullptr && updated_ != document_) {
    ASSERT_TRUE(WriteFileAtomically(path, updated_).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(All, DocumentTest, ::testing::ValuesIn(kDocuments),
                         [](const ::testing::TestParamInfo<const char*>& info) {
                           std::string name = info.param;
                           for (char& c : name) {
                             if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                           }
                           return name;
                         });

// --- The means of these tests ---

constexpr const char* kVocabulary =
    "metric messages: number kind product\n"
    "metric plan: one of (\"free\", \"pro\") kind billing\n"
    "test \"the account\" {\n  given messages = 10\n  expect messages == 10\n}\n";

std::string About(const std::string& condition, const std::string& code = "") {
  return ComplaintsAboutConditions(kVocabulary, ConditionExamples(condition), code);
}

TEST(ConditionExampleTest, TrueOnesPass) {
  EXPECT_EQ(About("messages > 5   # = true\n"
                  "messages + 1   # = 11\n"
                  "# a remark\n"
                  "plan == \"free\"  # = missing\n"
                  "messages > 5\n"
                  "  and plan == \"free\"\n"),
            "");
}

TEST(ConditionExampleTest, UntrueOnesDoNot) {
  EXPECT_EQ(About("messages > 5  # = false\n"), "`messages > 5` is true, not false\n");
  EXPECT_NE(About("mesages > 5\n"), "");
  EXPECT_NE(About("messages > 5\n", "PQL1203"), "");
  EXPECT_EQ(About("mesages > 5  # -> messages > 5\n", "PQL1203"), "");
  EXPECT_NE(About("mesages > 5  # -> messages > 6\n", "PQL1203"), "");
}

TEST(CompleteExampleTest, FindingsAndFailingTestsAreComplaints) {
  EXPECT_EQ(Complaints(CompileRuleSet("example", {{"a.pql", kVocabulary}})), "");
  EXPECT_THAT(Complaints(CompileRuleSet("example", {{"a.pql", "metric a: nummer\n"}})),
              ::testing::HasSubstr("PQL1401"));
  const std::string failing =
      "metric a: number default 1 kind product\ntest \"two\" {\n  expect a == 2\n}\n";
  EXPECT_THAT(Complaints(CompileRuleSet("example", {{"a.pql", failing}})),
              ::testing::HasSubstr("a == 2"));
}

}  // namespace
}  // namespace pql
