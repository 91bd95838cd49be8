// The four output formats over one set of findings, against tests/testdata/diagnostics/findings.*.
// What the table of diagnostics says (it may be reworded at any time) is replaced by <message> and
// the like.  With PQL_UPDATE_TESTDATA=1 the expectations are written anew.

#include "diagnostics/render.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace pql {
namespace {

using Json = nlohmann::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// An error whose texts are long enough to be told from the rest of the output.
DiagnosticKind SomeError() {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    const size_t shortest = std::min({info.message.size(), info.wrong.size(), info.right.size()});
    if (info.severity == Severity::kError && shortest > 20) return info.kind;
  }
  ADD_FAILURE() << "no error in the table";
  return {};
}

// The range of the first `text` in the file.
SourceRange Find(const SourceSet& sources, FileId file, std::string_view text) {
  const size_t begin = sources.file(file).text().find(text);
  EXPECT_NE(begin, std::string_view::npos) << text;
  return {file, static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + text.size())};
}

// A place for every feature: hint, related range in another file, safe fix, fix that has to be
// checked, a deletion, an empty range, wide and right-to-left text, several lines, the start of a
// file, a file name that needs escaping in every format.
class RenderTest : public ::testing::Test {
 protected:
  RenderTest() {
    metrics_ = sources_.AddFile("rules/slack/metrics.pql",
                                "metric messages: number default 0\n"
                                "metric رسائل: number\n");
    rule_ = sources_.AddFile("rules/slack/50%, a: b.pql",
                             "rule größe {\n"
                             "  when mesages = 2000\n"
                             "    and 订阅 > 3,\n"
                             "}\n");
    Add(Find(sources_, metrics_, "metric messages"));
    Diagnostic& unknown = Add(Find(sources_, rule_, "mesages"));
    unknown.hint = "did you mean `messages`?";
    unknown.related = {{Find(sources_, metrics_, "messages"), "declared here"}};
    unknown.fix = Fix{"write `messages`", {{unknown.range, "messages"}}, true};
    Diagnostic& habit = Add(Find(sources_, rule_, "="));
    habit.hint = "100% sure: `==`, isn't it";
    habit.fix = Fix{"write `(... == ...)`",
                    {{{rule_, 40, 40}, ")"}, {Find(sources_, rule_, "="), "=="}},
                    false};
    Add(Find(sources_, rule_, "2000\n    and 订阅"));
    Diagnostic& comma = Add(Find(sources_, rule_, ","));
    comma.fix = Fix{"leave the comma out", {{comma.range, ""}}, true};
    Add({rule_, Find(sources_, rule_, "}").end, Find(sources_, rule_, "}").end});
    Add(Find(sources_, metrics_, "رسائل")).hint = "قنوات؟";
  }

  Diagnostic& Add(SourceRange range) {
    const std::vector<DiagnosticArgument> arguments(10, DiagnosticArgument("x"));
    return diagnostics_.emplace_back(
        Diagnostic{.kind = SomeError(), .range = range, .arguments = arguments});
  }

  // Puts placeholders in the place of what the table says.
  static std::string WithoutTable(std::string text, bool is_json) {
    const Diagnostic sample{.kind = SomeError(),
                            .arguments = std::vector<DiagnosticArgument>(10, {"x"})};
    const DiagnosticInfo& info = sample.info();
    std::string summary(info.name);
    for (char& c : summary) c = c == '-' ? ' ' : c;
    std::vector<std::pair<std::string, std::string>> texts = {
        {std::string(info.explanation), "<explanation>"},
        {sample.Message(), "<message>"},
        {std::string(info.wrong), "<wrong>"},
        {std::string(info.right), "<right>"},
        {CodeText(info.kind), "<code>"},
        {std::string(info.name), "<name>"},
        {summary, "<summary>"}};
    std::sort(texts.begin(), texts.end(), [](const auto& a, const auto& b) {
      return a.first.size() > b.first.size();  // one may be a part of another
    });
    for (auto& [from, to] : texts) {
      if (is_json) from = Json(from).dump();
      if (is_json) from = from.substr(1, from.size() - 2);
      for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
      }
    }
    return text;
  }

  static void ExpectGolden(const std::string& name, const std::string& seen) {
    const std::string path = StrCat(PQL_TESTDATA_DIR, "/diagnostics/", name);
    if (std::getenv("PQL_UPDATE_TESTDATA") != nullptr) {
      std::ofstream(path, std::ios::binary) << seen;
      return;
    }
    std::stringstream expected;
    expected << std::ifstream(path, std::ios::binary).rdbuf();
    EXPECT_EQ(seen, expected.str()) << path;
  }

  SourceSet sources_;
  FileId metrics_;
  FileId rule_;
  std::vector<Diagnostic> diagnostics_;
};

TEST_F(RenderTest, Human) {
  ExpectGolden("findings.txt", WithoutTable(RenderHuman(sources_, diagnostics_, 7), false));
}

TEST_F(RenderTest, HumanInColor) {
  std::string seen = RenderHuman(sources_, diagnostics_, 7, {.color = true});
  for (size_t at = 0; (at = seen.find('\x1b', at)) != std::string::npos;) {
    seen.replace(at, 1, "\\e");
  }
  ExpectGolden("findings_color.txt", WithoutTable(seen, false));
}

TEST_F(RenderTest, ColorsChangeNothingElse) {
  std::string colored = RenderHuman(sources_, diagnostics_, 7, {.color = true});
  for (size_t at = 0; (at = colored.find('\x1b')) != std::string::npos;) {
    colored.erase(at, colored.find('m', at) - at + 1);
  }
  EXPECT_EQ(colored, RenderHuman(sources_, diagnostics_, 7));
}

TEST_F(RenderTest, EverySeverityHasItsWord) {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    diagnostics_[0].kind = info.kind;
    EXPECT_THAT(RenderHuman(sources_, diagnostics_[0]),
                HasSubstr(StrCat("metrics.pql:1:1: ", SeverityName(info.severity), ": ")));
    EXPECT_THAT(RenderHuman(sources_, diagnostics_[0]),
                HasSubstr(StrCat(" [", CodeText(info.kind), " ", info.name, "]\n")));
  }
}

TEST_F(RenderTest, OneLine) {
  EXPECT_EQ(WithoutTable(RenderOneLine(sources_, diagnostics_[1]), false),
            "rules/slack/50%, a: b.pql:2:8: error: <message>; did you mean `messages`? "
            "[<code> <name>]");
}

TEST_F(RenderTest, WhatIsNoFindingHasTheSameLayout) {
  EXPECT_EQ(RenderHumanAt(sources_, Find(sources_, rule_, "2000"), "failed", "\rexpected"),
            "rules/slack/50%, a: b.pql:2:18: failed: <U+000D>expected\n"
            "    2 |   when mesages = 2000\n"
            "      |                  ^~~~\n");
}

TEST_F(RenderTest, HumanOfNothingIsNothing) {
  EXPECT_EQ(RenderHuman(sources_, {}, 0), "");
  EXPECT_EQ(RenderHuman(sources_, {}, 3), "and 3 more\n");
}

TEST_F(RenderTest, AHighLineNumberFits) {
  const FileId file = sources_.AddFile("long.pql", std::string(123'455, '\n') + "when a");
  Diagnostic& diagnostic = Add(Find(sources_, file, "a"));
  EXPECT_THAT(RenderHuman(sources_, diagnostic), EndsWith("123456 | when a\n"
                                                          "       |      ^\n"));
}

TEST_F(RenderTest, HostileTextCannotFoolATerminal) {
  const FileId file = sources_.AddFile("\x1b[2J\u202E\n.pql", "\x1b[31m\u202E\xFF\r\a x");
  Diagnostic& diagnostic = Add({file, 0, 5});
  diagnostic.arguments.assign(10, DiagnosticArgument("\x1b]0;title\a\u2066\xC3"));
  diagnostic.hint = "\x1b[0m\n::error::";
  diagnostic.related = {{{file, 5, 8}, "\u202Eereh"}};
  diagnostic.fix = Fix{"write \x1b[5m", {}, true};
  const std::string human = RenderHuman(sources_, diagnostic);
  for (const std::string& text :
       {human, RenderOneLine(sources_, diagnostic), RenderGithub(sources_, {&diagnostic, 1})}) {
    EXPECT_EQ(FindInvalidUtf8(text), std::nullopt);
    // A file name of a workflow command is for a program, all else for a terminal.
    if (text.starts_with("::")) continue;
    std::stringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_EQ(EscapeUnprintable(line), line);
  }
  EXPECT_EQ(std::count(human.begin(), human.end(), '\n'), 7);
  EXPECT_THAT(human, HasSubstr("<U+001B>[31m<U+202E><0xFF>"));
}

TEST_F(RenderTest, Json) {
  ExpectGolden("findings.json", WithoutTable(RenderJson(sources_, diagnostics_, 7), true));
}

TEST_F(RenderTest, JsonSaysWhereInBytesLinesAndColumns) {
  const Json json = Json::parse(RenderJson(sources_, diagnostics_, 0));
  EXPECT_FALSE(json.contains("droppedCount"));
  const Json& first = json["diagnostics"][0];
  EXPECT_EQ(first["location"]["startByte"], 0) << "has presence in the message";
  EXPECT_FALSE(first.contains("related"));
  EXPECT_FALSE(first.contains("fix"));
  const Json& unknown = json["diagnostics"][1];
  EXPECT_EQ(unknown["message"], diagnostics_[1].Message());
  EXPECT_EQ(unknown["severity"], "ERROR");
  EXPECT_EQ(unknown["location"],
            Json::parse(R"({"file": "rules/slack/50%, a: b.pql", "startByte": 22, "endByte": 29,
                            "startLine": 2, "startColumn": 8, "endLine": 2, "endColumn": 15})"));
  EXPECT_EQ(json["diagnostics"][2]["fix"]["safe"], false);
  const Json& edits = json["diagnostics"][2]["fix"]["edits"];
  EXPECT_LT(edits[0]["location"]["startByte"], edits[1]["location"]["startByte"]);
  EXPECT_EQ(json["diagnostics"][4]["fix"]["edits"][0]["replacement"], "");
}

TEST_F(RenderTest, JsonOfNothingHasAnEmptyList) {
  EXPECT_EQ(Json::parse(RenderJson(sources_, {}, 0)), Json::parse(R"({"diagnostics": []})"));
}

TEST_F(RenderTest, JsonAndSarifAreUtf8WhateverTheNamesAre) {
  const FileId file = sources_.AddFile("caf\xE9.pql", "x");
  Diagnostic& diagnostic = Add({file, 0, 1});
  diagnostic.arguments.assign(10, DiagnosticArgument("\xFF"));
  EXPECT_EQ(
      Json::parse(RenderJson(sources_, diagnostics_, 0))["diagnostics"].back()["location"]["file"],
      "caf\uFFFD.pql");
  const Json sarif = Json::parse(RenderSarif(sources_, diagnostics_));
  EXPECT_EQ(sarif["runs"][0]["results"]
                .back()["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "caf%E9.pql");
}

TEST_F(RenderTest, Sarif) {
  ExpectGolden("findings.sarif", WithoutTable(RenderSarif(sources_, diagnostics_), true));
}

TEST_F(RenderTest, SarifResultsReferToTheirRules) {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    Diagnostic& diagnostic = Add({metrics_, 0, 0});
    diagnostic.kind = info.kind;
  }
  const Json run = Json::parse(RenderSarif(sources_, diagnostics_))["runs"][0];
  const Json& rules = run["tool"]["driver"]["rules"];
  EXPECT_EQ(rules.size(), AllDiagnostics().size()) << "each once";
  ASSERT_EQ(run["results"].size(), diagnostics_.size());
  for (size_t i = 0; i < diagnostics_.size(); ++i) {
    const Json& result = run["results"][i];
    const Json& rule = rules.at(result["ruleIndex"].get<size_t>());
    EXPECT_EQ(result["ruleId"], CodeText(diagnostics_[i].kind));
    EXPECT_EQ(rule["id"], result["ruleId"]);
    EXPECT_EQ(rule["name"], diagnostics_[i].info().name);
    EXPECT_EQ(rule["defaultConfiguration"]["level"], result["level"]);
    for (const char* text : {"shortDescription", "fullDescription", "help"}) {
      EXPECT_FALSE(rule[text]["text"].get<std::string>().empty()) << text;
    }
  }
}

TEST_F(RenderTest, SarifOfNothingIsARunWithoutResults) {
  const Json run = Json::parse(RenderSarif(sources_, {}))["runs"][0];
  EXPECT_EQ(run["results"], Json::array());
  EXPECT_EQ(run["tool"]["driver"]["rules"], Json::array());
}

TEST_F(RenderTest, SarifPathsAreUris) {
  sources_.AddFile("/tmp/a b.pql", "x");
  sources_.AddFile("<condition>", "x");
  Add({2, 0, 1});
  Add({3, 0, 1});
  const Json results = Json::parse(RenderSarif(sources_, diagnostics_))["runs"][0]["results"];
  const auto artifact = [&results](size_t i) {
    return results[i]["locations"][0]["physicalLocation"]["artifactLocation"];
  };
  EXPECT_EQ(artifact(0)["uri"], "rules/slack/metrics.pql");
  EXPECT_EQ(artifact(0)["uriBaseId"], "%SRCROOT%");
  EXPECT_EQ(artifact(1)["uri"], "rules/slack/50%25%2C%20a%3A%20b.pql");
  EXPECT_EQ(artifact(7)["uri"], "file:///tmp/a%20b.pql");
  EXPECT_FALSE(artifact(7).contains("uriBaseId"));
  EXPECT_EQ(artifact(8)["uri"], "%3Ccondition%3E");
}

TEST_F(RenderTest, Github) {
  ExpectGolden("findings.github", WithoutTable(RenderGithub(sources_, diagnostics_), false));
}

TEST_F(RenderTest, GithubEscapesWhatWouldEndACommand) {
  const FileId file = sources_.AddFile("a\n::stop::,%.pql", "x");
  Diagnostic& diagnostic = Add({file, 0, 1});
  diagnostic.hint = "50%\r\n::set-env name=a::b";
  const std::string command = RenderGithub(sources_, {&diagnostic, 1});
  EXPECT_THAT(command, StartsWith("::error file=a%0A%3A%3Astop%3A%3A%2C%25.pql,line=1,"));
  EXPECT_THAT(command, HasSubstr("50%25<U+000D><U+000A>::set-env"));
  EXPECT_EQ(std::count(command.begin(), command.end(), '\n'), 1);
  EXPECT_THAT(command, EndsWith("\n"));
}

}  // namespace
}  // namespace pql
