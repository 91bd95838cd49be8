// What the linter finds in every format: SARIF against the requirements of the published schema
// (sarif-schema-2.1.0.json of OASIS), JSON and GitHub annotations complete.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/lint/lint_text.h"

namespace pql {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

// An object of the schema: the properties that it must have, those that it may have (the schema
// allows no others), and what stands in them: the name of an object, "[]" before it for a list.
struct SchemaObject {
  std::string name;
  std::set<std::string> required;
  std::map<std::string, std::string> properties;  // what is empty is plain
};

// The part of the schema that pql makes use of.
const std::vector<SchemaObject>& Schema() {
  static const auto* schema = new std::vector<SchemaObject>{
      {"sarifLog", {"version", "runs"}, {{"$schema", ""}, {"version", ""}, {"runs", "[]run"}}},
      {"run",
       {"tool"},
       {{"tool", "tool"}, {"results", "[]result"}, {"columnKind", ""}, {"artifacts", ""}}},
      {"tool", {"driver"}, {{"driver", "toolComponent"}}},
      {"toolComponent",
       {"name"},
       {{"name", ""}, {"version", ""}, {"informationUri", ""}, {"rules", "[]reportingDescriptor"}}},
      {"reportingDescriptor",
       {"id"},
       {{"id", ""},
        {"name", ""},
        {"shortDescription", "multiformatMessageString"},
        {"fullDescription", "multiformatMessageString"},
        {"help", "multiformatMessageString"},
        {"helpUri", ""},
        {"defaultConfiguration", "reportingConfiguration"}}},
      {"multiformatMessageString", {"text"}, {{"text", ""}, {"markdown", ""}}},
      {"reportingConfiguration", {}, {{"enabled", ""}, {"level", ""}}},
      {"result",
       {"message"},
       {{"ruleId", ""},
        {"ruleIndex", ""},
        {"level", ""},
        {"message", "message"},
        {"locations", "[]location"},
        {"relatedLocations", "[]location"},
        {"fixes", "[]fix"}}},
      {"message", {"text"}, {{"text", ""}, {"markdown", ""}}},
      {"location", {}, {{"physicalLocation", "physicalLocation"}, {"message", "message"}}},
      {"physicalLocation",
       {"artifactLocation"},
       {{"artifactLocation", "artifactLocation"}, {"region", "region"}}},
      {"artifactLocation", {}, {{"uri", ""}, {"uriBaseId", ""}}},
      {"region",
       {},
       {{"startLine", ""},
        {"startColumn", ""},
        {"endLine", ""},
        {"endColumn", ""},
        {"byteOffset", ""},
        {"byteLength", ""}}},
      {"fix",
       {"artifactChanges"},
       {{"description", "message"}, {"artifactChanges", "[]artifactChange"}}},
      {"artifactChange",
       {"artifactLocation", "replacements"},
       {{"artifactLocation", "artifactLocation"}, {"replacements", "[]replacement"}}},
      {"replacement",
       {"deletedRegion"},
       {{"deletedRegion", "region"}, {"insertedContent", "artifactContent"}}},
      {"artifactContent", {}, {{"text", ""}}},
  };
  return *schema;
}

void ExpectValid(const Json& json, const std::string& name, const std::string& place) {
  const auto schema = std::find_if(Schema().begin(), Schema().end(),
                                   [&](const SchemaObject& each) { return each.name == name; });
  ASSERT_NE(schema, Schema().end()) << name;
  ASSERT_TRUE(json.is_object()) << place;
  for (const std::string& property : schema->required) {
    EXPECT_TRUE(json.contains(property)) << place << " lacks " << property;
  }
  for (const auto& [property, value] : json.items()) {
    const std::string here = StrCat(place, ".", property);
    const auto known = schema->properties.find(property);
    ASSERT_NE(known, schema->properties.end()) << here << " is not in the schema";
    if (known->second.starts_with("[]")) {
      ASSERT_TRUE(value.is_array()) << here;
      for (const Json& element : value) ExpectValid(element, known->second.substr(2), here + "[]");
    } else if (!known->second.empty()) {
      ExpectValid(value, known->second, here);
    }
    if (property == "level") {
      EXPECT_THAT((std::set<std::string>{"none", "note", "warning", "error"}),
                  ::testing::Contains(value.get<std::string>()));
    }
    if (property == "startLine" || property == "startColumn" || property == "endLine" ||
        property == "endColumn") {
      EXPECT_GE(value.get<int>(), 1) << here;
    }
  }
}

// Every example that a warning has, in one run each.
TEST(FormatsTest, EveryWarningIsValidSarif) {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    if (info.code < 2000) continue;
    const Linted linted = LintText(std::string(info.wrong));
    ASSERT_FALSE(linted.lint.diagnostics.empty()) << info.name;
    const Json sarif = Json::parse(RenderSarif(linted.sources(), linted.lint.diagnostics));
    ExpectValid(sarif, "sarifLog", std::string(info.name));
    EXPECT_EQ(sarif["version"], "2.1.0");
    const Json& run = sarif["runs"][0];
    ASSERT_EQ(run["results"].size(), linted.lint.diagnostics.size());
    for (size_t i = 0; i < run["results"].size(); ++i) {
      const Json& result = run["results"][i];
      EXPECT_EQ(result["level"], "warning");
      EXPECT_EQ(result["ruleId"], CodeText(linted.lint.diagnostics[i].kind));
      EXPECT_EQ(run["tool"]["driver"]["rules"][result["ruleIndex"].get<size_t>()]["id"],
                result["ruleId"]);
      EXPECT_EQ(result.contains("fixes"), linted.lint.diagnostics[i].fix.has_value());
    }
  }
}

TEST(FormatsTest, JsonAndGithubHoldEveryWarning) {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    if (info.code < 2000) continue;
    const Linted linted = LintText(std::string(info.wrong));
    const Json json = Json::parse(RenderJson(linted.sources(), linted.lint.diagnostics, 0));
    ASSERT_EQ(json["diagnostics"].size(), linted.lint.diagnostics.size());
    for (size_t i = 0; i < linted.lint.diagnostics.size(); ++i) {
      const Diagnostic& diagnostic = linted.lint.diagnostics[i];
      const Json& entry = json["diagnostics"][i];
      EXPECT_EQ(entry["code"], CodeText(diagnostic.kind));
      EXPECT_EQ(entry["severity"], "WARNING");
      EXPECT_EQ(entry["message"], diagnostic.Message());
      EXPECT_EQ(entry.contains("fix"), diagnostic.fix.has_value());
    }
    EXPECT_THAT(RenderGithub(linted.sources(), linted.lint.diagnostics),
                HasSubstr(StrCat("title=", CodeText(info.kind), " ", info.name, "::")));
  }
}

}  // namespace
}  // namespace pql
