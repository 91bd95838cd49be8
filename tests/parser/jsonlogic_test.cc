// JsonLogic: what each operator means, where mistakes are, and the examples of its findings.
// Cases of testdata/jsonlogic/conditions.txt: JsonLogic, `--`, then the findings or the rules
// language; PQL_UPDATE_TESTDATA=1 writes them anew.

#include <string>
#include <vector>

#include "diagnostics/render.h"
#include "format/formatter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "parser/frontend.h"
#include "parser/json_text.h"
#include "tests/testing/golden_file.h"

namespace pql {
namespace {

struct Read {
  SourceSet sources;
  ExpressionPtr condition;
  std::vector<Diagnostic> findings;

  std::string Render() const { return RenderHuman(sources, findings, 0); }
};

Read ReadJsonLogic(std::string text, const ParseLimits& limits = {}) {
  Read read;
  const FileId file = read.sources.AddFile("condition.json", std::move(text));
  DiagnosticSink sink;
  read.condition = FindFrontend("jsonlogic")->ParseCondition(read.sources, file, limits, &sink);
  read.findings = sink.Take();
  for (Diagnostic& finding : read.findings) {
    FindFrontend("jsonlogic")->Localize(read.sources, &finding);
  }
  return read;
}

// What is converted means what was read.
void ExpectSameTree(const std::string& text, const Expression& condition) {
  SourceSet sources;
  DiagnosticSink sink;
  const FileId file = sources.AddFile("converted", text);
  const ExpressionPtr parsed = PqlFrontend().ParseCondition(sources, file, {}, &sink);
  EXPECT_FALSE(sink.has_errors()) << text;
  EXPECT_TRUE(SameExpression(condition, *parsed)) << text;
}

bool IsOfJsonLogic(const DiagnosticInfo& info) { return 1600 <= info.code && info.code < 2000; }

std::string ConditionsFile() { return PQL_TESTDATA_DIR "/jsonlogic/conditions.txt"; }

TEST(JsonLogicTest, Conditions) {
  int converted = 0;
  std::string findings;
  RunGoldenFile(ConditionsFile(), [&converted, &findings](const GoldenCase& golden) {
    const Read read = ReadJsonLogic(golden.input);
    if (!read.findings.empty()) {
      findings += read.Render();
      return read.Render();
    }
    std::string text = FormatExpression(*read.condition);
    ExpectSameTree(text, *read.condition);
    ++converted;
    return text;
  });
  EXPECT_GT(converted, 30);
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    if (!IsOfJsonLogic(info)) continue;
    EXPECT_NE(findings.find(CodeText(info.kind)), std::string::npos) << info.name;
  }
}

TEST(JsonLogicTest, WhatIsMalformedIsAWholeCharacter) {
  for (const std::string character : {"\xEF\xBB\xBF", "ö", "😀", "x"}) {
    const Read read = ReadJsonLogic("{\"-\": " + character + "1}");
    ASSERT_EQ(read.findings.size(), 1U) << character;
    EXPECT_EQ(read.sources.Text(read.findings[0].range), character);
  }
}

TEST(JsonLogicTest, ExamplesOfItsFindings) {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    if (!IsOfJsonLogic(info)) continue;
    const Read wrong = ReadJsonLogic(std::string(info.wrong));
    ASSERT_EQ(wrong.findings.size(), 1U) << info.wrong << wrong.Render();
    EXPECT_EQ(wrong.findings[0].kind, info.kind);
    const Read right = ReadJsonLogic(std::string(info.right));
    EXPECT_TRUE(right.findings.empty()) << info.right << right.Render();
  }
}

// Every node of a tree lies where its text stands.
TEST(JsonLogicTest, RangesAreThoseOfTheText) {
  const std::string text =
      "\xEF\xBB\xBF {\"and\": [ {\">=\":[{\"var\":\"a\\\"b\\\\\"} , -2.5e1]},\n"
      "\t{\"in\": [\"gr\xC3\xB6\xC3\x9F\\u0065\", {\"var\" : [\"c\"]}]}, true ]}";
  const Read read = ReadJsonLogic(text);
  ASSERT_TRUE(read.findings.empty()) << read.Render();
  std::vector<std::string> texts;
  WalkExpression(*read.condition, [&](const Expression& node) {
    texts.emplace_back(read.sources.Text(node.range));
  });
  EXPECT_THAT(texts,
              testing::ElementsAre(text.substr(4), R"({">=":[{"var":"a\"b\\"} , -2.5e1]})",
                                   R"({"var":"a\"b\\"})", "-2.5e1", "-2.5e1",
                                   "{\"in\": [\"gr\xC3\xB6\xC3\x9F\\u0065\", {\"var\" : [\"c\"]}]}",
                                   R"({"var" : ["c"]})", "\"gr\xC3\xB6\xC3\x9F\\u0065\"", "true"));
}

TEST(JsonLogicTest, PointersEscapeWhatRfc6901Escapes) {
  SourceSet sources;
  DiagnosticSink sink;
  const std::string text = R"({"a/b": [1, {"~": {"": 2}}]})";
  const auto json = ReadJson(sources, sources.AddFile("x", text), {}, &sink);
  ASSERT_NE(json, nullptr);
  const auto pointer = [&](std::string_view part) {
    const auto begin = static_cast<uint32_t>(text.find(part));
    return JsonPointerTo(*json, {0, begin, begin + static_cast<uint32_t>(part.size())});
  };
  EXPECT_EQ(pointer(text), "");
  EXPECT_EQ(pointer("1"), "/a~1b/0");
  EXPECT_EQ(pointer("\"~\""), "/a~1b/1/~0");
  EXPECT_EQ(pointer("2"), "/a~1b/1/~0/");
}

TEST(JsonLogicTest, HostileTextsAreOneFindingEach) {
  const auto nested = [](size_t depth, const std::string& open, const std::string& close) {
    std::string text;
    for (size_t i = 0; i < depth; ++i) text += open;
    text += "true";
    for (size_t i = 0; i < depth; ++i) text += close;
    return text;
  };
  std::string many = "{\"+\": [1";
  for (int i = 0; i < 100'000; ++i) many += ",1";
  many += "]}";
  const std::string texts[] = {
      "",
      "{",
      "\xff",
      "nul",
      "[1,]",
      "{\"a\":1} 2",
      "\"\\ud800\"",
      "1e999",
      "'single'",
      std::string("\"a\0b\"", 5),
      nested(300, "{\"!\":", "}"),
      nested(300, "{\"!!\":[", "]}"),
      nested(100'000, "[", "]"),
      nested(100'000, "{\"!\":[", "]}"),
      many,
  };
  for (const std::string& text : texts) {
    const Read read = ReadJsonLogic(text);
    EXPECT_EQ(read.findings.size(), 1U) << text.substr(0, 40) << read.Render();
  }
  EXPECT_TRUE(ReadJsonLogic(nested(250, "{\"!\":", "}")).findings.empty());
}

size_t CountNodes(const Expression& root) {
  size_t count = 0;
  WalkExpression(root, [&](const Expression&) { ++count; });
  return count;
}

// Operators that say an argument more than once in the rules language: nested, every level would
// double what stands below it.
TEST(JsonLogicTest, WhatIsRepeatedStaysSmall) {
  const std::string values = R"(, {"in": [{"var": ""}, ["a", "b"]]}]})";
  const std::pair<std::string, std::string> forms[] = {
      {R"({"<": [1, )", ", 5]}"}, {R"({"some": [)", values}, {R"({"none": [)", values}};
  for (const auto& [open, close] : forms) {
    const auto nested = [&open = open, &close = close](int levels) {
      std::string text = R"({"var": "x"})";
      for (int i = 0; i < levels; ++i) text = open + text + close;
      return text;
    };
    for (const int levels : {40, 80}) {
      const Read read = ReadJsonLogic(nested(levels));
      ASSERT_EQ(read.findings.size(), 1U) << levels << open << read.Render();
      EXPECT_EQ(read.findings[0].kind, DiagnosticKind::kNoCounterpart);
      EXPECT_EQ(read.sources.Text(read.findings[0].range), open.substr(1, open.find(':') - 1));
      EXPECT_LT(CountNodes(*read.condition), 20'000U);
    }
    EXPECT_TRUE(ReadJsonLogic(nested(8)).findings.empty()) << open;
  }
  // Once, but often; and long.
  std::string list = R"({"and": [true)";
  std::string members = "[1";
  for (int i = 0; i < 20'000; ++i) {
    list += ", true";
    members += ", 1";
  }
  list += "]}";
  members += "]";
  for (const std::string& each : {list, "\"" + std::string(1'000'000, 'x') + "\""}) {
    const Read read =
        ReadJsonLogic(R"({"some": [)" + each + R"(, {"in": [{"var": ""}, )" + members + "]}]}");
    EXPECT_EQ(read.findings.size(), 1U) << read.Render().substr(0, 1'000);
    EXPECT_LT(CountNodes(*read.condition), 200'000U);
  }
  const Read usual = ReadJsonLogic(R"({"some": [{"var": ")" + std::string(50, 'x') +
                                   R"("}, {"in": [{"var": ""}, )" +
                                   members.substr(0, members.size() / 2) + "1]]}]}");
  EXPECT_TRUE(usual.findings.empty()) << usual.Render().substr(0, 1'000);
}

TEST(JsonLogicTest, LimitsOfTheTextHold) {
  EXPECT_EQ(ReadJsonLogic("[1, 2, 3]", {.max_bytes = 8}).findings[0].kind,
            DiagnosticKind::kTextTooLarge);
  EXPECT_EQ(ReadJsonLogic("{\"+\": [1, 2]}", {.max_tokens = 3}).findings[0].kind,
            DiagnosticKind::kTooManyTokens);
  EXPECT_TRUE(ReadJsonLogic("{\"+\": [1, 2]}", {.max_tokens = 4}).findings.empty());
}

}  // namespace
}  // namespace pql
