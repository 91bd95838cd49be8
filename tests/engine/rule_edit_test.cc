#include "engine/rule_edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "diagnostics/render.h"
#include "tests/testing/golden_file.h"

namespace pql {
namespace {

struct Edit {
  std::string operation;
  std::string rule;
  std::string language;
  RuleFields fields;
  std::set<std::string> mask;
};

void SetField(const std::string& name, const std::string& value, Edit* edit) {
  RuleFields& fields = edit->fields;
  if (name == "language") {
    edit->language = value;
    return;
  }
  edit->mask.insert(name);
  const auto time = [&value]() -> std::optional<Timestamp> {
    return value.empty() ? std::nullopt
                         : std::optional<Timestamp>(Timestamp{*ParseTimestamp(value)});
  };
  if (name == "title") fields.title = value;
  if (name == "description") fields.description = value;
  if (name == "owner") fields.owner = value;
  if (name == "tags" && !value.empty()) fields.tags = absl::StrSplit(value, ", ");
  if (name == "stage") fields.stage = value;
  if (name == "mode") fields.mode = value;
  if (name == "when") fields.when = value;
  if (name == "unless") fields.unless = value;
  if (name == "keep_while") fields.keep_while = value;
  if (name == "score") fields.score = value;
  if (name == "active_from") fields.active_from = time();
  if (name == "active_until") fields.active_until = time();
}

Edit ReadEdit(const std::string& text) {
  Edit edit;
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const size_t space = line.find(' ');
  edit.operation = line.substr(0, space);
  edit.rule = line.substr(space + 1);
  if (edit.rule.size() > 2 && edit.rule.front() == '`' && edit.rule.back() == '`') {
    edit.rule = edit.rule.substr(1, edit.rule.size() - 2);
  }
  while (std::getline(lines, line)) {
    const size_t colon = line.find(':');
    SetField(line.substr(0, colon), std::string(absl::StripAsciiWhitespace(line.substr(colon + 1))),
             &edit);
  }
  return edit;
}

SourceRange FindRule(const std::string& text, const std::string& name) {
  SourceSet sources;
  DiagnosticSink sink;
  const RuleFile file =
      ParseRuleFile(sources, sources.AddFile("rules.pql", text), ParseLimits(), &sink);
  EXPECT_FALSE(sink.has_errors());
  for (const Declaration& declaration : file.declarations) {
    const auto* rule = declaration.As<RuleSyntax>();
    if (rule != nullptr && rule->name.text == name) return declaration.range;
  }
  ADD_FAILURE() << "no rule " << name;
  return {};
}

std::string RunEdit(Edit edit, const std::string& text) {
  if (edit.operation == "delete") return RemoveDeclaration(text, FindRule(text, edit.rule));
  if (edit.operation == "create") edit.mask.insert("when");
  std::optional<Rejection> rejection;
  const auto clauses =
      ParseClauses(edit.fields, edit.mask, edit.language, ParseLimits(), &rejection);
  if (rejection.has_value()) {
    std::string findings;
    for (const Diagnostic& finding : rejection->diagnostics) {
      StrAppend(&findings, RenderOneLine(*rejection->sources, finding), "\n");
    }
    return findings;
  }
  if (!clauses.ok()) return StrCat("error: ", FromAbsl(clauses.status().message()));
  const auto changed = edit.operation == "create"
                           ? NewRuleSource(edit.rule, *clauses)
                           : ChangeRule(text, FindRule(text, edit.rule), *clauses);
  if (!changed.ok()) return StrCat("error: ", FromAbsl(changed.status().message()));
  return *changed;
}

TEST(RuleEditTest, Cases) {
  RunGoldenFile(PQL_TESTDATA_DIR "/engine/rule_edit.txt", [](const GoldenCase& golden) {
    const size_t middle = golden.input.find("~~~~\n");
    EXPECT_NE(middle, std::string::npos);
    return RunEdit(ReadEdit(golden.input.substr(0, middle)), golden.input.substr(middle + 5));
  });
}

TEST(RuleEditTest, LineEndsOfTheRestStayAsTheyAre) {
  const std::string text = "rule a { when m > 1 }\r\n\r\nrule b { when m > 2 }\r\n";
  EXPECT_EQ(RunEdit(ReadEdit("update b\ntitle: B\n"), text),
            "rule a { when m > 1 }\r\n\r\nrule b {\n  title  \"B\"\n  when   m > 2\n}\r\n");
  EXPECT_EQ(RunEdit(ReadEdit("delete b"), text), "rule a { when m > 1 }\r\n");
}

TEST(RuleEditTest, PathsOfNewRulesAreFree) {
  const auto none = [](std::string_view) { return false; };
  EXPECT_EQ(NewRulePath("slack_team", none), "rules/slack_team.pql");
  const std::set<std::string, std::less<>> taken = {"rules/slack_team.pql",
                                                    "rules/slack_team_2.pql"};
  EXPECT_EQ(NewRulePath("slack_team", [&](std::string_view path) { return taken.contains(path); }),
            "rules/slack_team_3.pql");
  EXPECT_EQ(NewRulePath("a/b c", none), "rules/a_b_c.pql");
  EXPECT_EQ(NewRulePath("..", none), "rules/_..pql");
}

}  // namespace
}  // namespace pql
