#include <cctype>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "diagnostics/render.h"
#include "nlohmann/json.hpp"

namespace pql {
namespace {

using Json = nlohmann::ordered_json;

std::string_view Level(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kHint:
      return "note";
  }
  return "error";
}

// The path as a URI reference (RFC 3986): everything but unreserved characters and `/` is escaped.
std::string PathUri(std::string_view path) {
  constexpr char kHex[] = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-._~/";
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_alnum = byte < 0x80 && std::isalnum(byte) != 0;
    if (is_alnum || kPlain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += {'%', kHex[byte >> 4], kHex[byte & 0xF]};
    }
  }
  return uri;
}

Json ArtifactLocation(const SourceFile& file) {
  Json location = {{"uri", PathUri(file.name())}};
  // Relative paths are relative to where the tool was started, by custom the top of the checkout.
  if (!file.name().starts_with('/')) location["uriBaseId"] = "%SRCROOT%";
  return location;
}

Json Region(const SourceFile& file, SourceRange range) {
  const LineColumn begin = file.Locate(range.begin);
  const LineColumn end = file.Locate(range.end);
  return {{"startLine", begin.line},   {"startColumn", begin.column},
          {"endLine", end.line},       {"endColumn", end.column},
          {"byteOffset", range.begin}, {"byteLength", range.end - range.begin}};
}

Json SarifLocation(const SourceSet& sources, SourceRange range) {
  const SourceFile& file = sources.file(range.file);
  return {{"physicalLocation",
           {{"artifactLocation", ArtifactLocation(file)}, {"region", Region(file, range)}}}};
}

Json Text(std::string_view text) { return {{"text", text}}; }

// A rule of the driver (SARIF 3.49).
Json RuleObject(const DiagnosticInfo& info) {
  const std::string help_text =
      StrCat(info.explanation, "\n\nWrong:\n\n", info.wrong, "\n\nRight:\n\n", info.right, "\n");
  const std::string help_markdown = StrCat(info.explanation, "\n\nWrong:\n\n```pql\n", info.wrong,
                                           "\n```\n\nRight:\n\n```pql\n", info.right, "\n```\n");
  std::string summary(info.name);
  for (char& c : summary) c = c == '-' ? ' ' : c;
  return {{"id", CodeText(info.kind)},
          {"name", info.name},
          {"shortDescription", Text(summary)},
          {"fullDescription", Text(info.explanation)},
          {"help", {{"text", help_text}, {"markdown", help_markdown}}},
          {"defaultConfiguration", {{"level", Level(info.severity)}}}};
}

// A fix (SARIF 3.55) has its changes by file.
Json SarifFix(const SourceSet& sources, const Fix& fix) {
  std::map<FileId, Json> replacements;
  for (const TextEdit& edit : fix.SortedEdits()) {
    Json replacement = {{"deletedRegion", Region(sources.file(edit.range.file), edit.range)}};
    if (!edit.replacement.empty()) replacement["insertedContent"] = Text(edit.replacement);
    replacements[edit.range.file].push_back(std::move(replacement));
  }
  Json changes = Json::array();
  for (auto& [file, list] : replacements) {
    changes.push_back({{"artifactLocation", ArtifactLocation(sources.file(file))},
                       {"replacements", std::move(list)}});
  }
  return {{"description", Text(fix.safe ? fix.title : fix.Label() + fix.title)},
          {"artifactChanges", std::move(changes)}};
}

Json ResultObject(const SourceSet& sources, const Diagnostic& diagnostic, size_t rule_index) {
  Json result = {{"ruleId", CodeText(diagnostic.kind)},
                 {"ruleIndex", rule_index},
                 {"level", Level(diagnostic.severity())},
                 {"message", Text(diagnostic.Message())},
                 {"locations", Json::array({SarifLocation(sources, diagnostic.range)})}};
  for (const RelatedRange& related : diagnostic.related) {
    Json location = SarifLocation(sources, related.range);
    location["message"] = Text(related.message);
    result["relatedLocations"].push_back(std::move(location));
  }
  if (diagnostic.fix) {
    result["fixes"] = Json::array({SarifFix(sources, *diagnostic.fix)});
  }
  return result;
}

}  // namespace

std::string RenderSarif(const SourceSet& sources, std::span<const Diagnostic> diagnostics) {
  std::set<DiagnosticKind> kinds;  // in the order of the table
  for (const Diagnostic& diagnostic : diagnostics) kinds.insert(diagnostic.kind);
  std::map<DiagnosticKind, size_t> rule_indexes;
  Json rules = Json::array();
  for (const DiagnosticKind kind : kinds) {
    rule_indexes[kind] = rules.size();
    rules.push_back(RuleObject(InfoOf(kind)));
  }
  Json results = Json::array();
  for (const Diagnostic& diagnostic : diagnostics) {
    results.push_back(ResultObject(sources, diagnostic, rule_indexes[diagnostic.kind]));
  }
  const Json run = {{"tool", {{"driver", {{"name", "pql"}, {"rules", std::move(rules)}}}}},
                    {"columnKind", "unicodeCodePoints"},
                    {"results", std::move(results)}};
  const Json root = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                     {"version", "2.1.0"},
                     {"runs", Json::array({run})}};
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace pql
