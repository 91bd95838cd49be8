#include <string>
#include <string_view>
#include <utility>

#include "diagnostics/render.h"
#include "nlohmann/json.hpp"

namespace pql {
namespace {

using Json = nlohmann::ordered_json;

std::string_view SeverityValue(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "ERROR";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kHint:
      return "HINT";
  }
  return "ERROR";
}

// pql.v1.SourceLocation.
Json Location(const SourceSet& sources, SourceRange range) {
  const SourceFile& file = sources.file(range.file);
  const LineColumn begin = file.Locate(range.begin);
  const LineColumn end = file.Locate(range.end);
  return {{"file", file.name()},     {"startByte", range.begin},    {"endByte", range.end},
          {"startLine", begin.line}, {"startColumn", begin.column}, {"endLine", end.line},
          {"endColumn", end.column}};
}

// pql.v1.Fix.  `safe` and `replacement` have presence: they are there even when false and empty.
Json FixObject(const SourceSet& sources, const Fix& fix) {
  Json list = Json::array();
  for (const TextEdit& edit : fix.SortedEdits()) {
    list.push_back(
        {{"location", Location(sources, edit.range)}, {"replacement", edit.replacement}});
  }
  return {{"title", fix.title}, {"safe", fix.safe}, {"edits", std::move(list)}};
}

// pql.v1.Diagnostic.
Json DiagnosticObject(const SourceSet& sources, const Diagnostic& diagnostic) {
  Json object = {{"code", CodeText(diagnostic.kind)},
                 {"name", diagnostic.info().name},
                 {"severity", SeverityValue(diagnostic.severity())},
                 {"message", diagnostic.Message()},
                 {"location", Location(sources, diagnostic.range)}};
  for (const RelatedRange& related : diagnostic.related) {
    object["related"].push_back(
        {{"location", Location(sources, related.range)}, {"message", related.message}});
  }
  if (diagnostic.fix) object["fix"] = FixObject(sources, *diagnostic.fix);
  return object;
}

}  // namespace

std::string RenderJson(const SourceSet& sources, std::span<const Diagnostic> diagnostics,
                       size_t dropped) {
  Json list = Json::array();
  for (const Diagnostic& diagnostic : diagnostics) {
    list.push_back(DiagnosticObject(sources, diagnostic));
  }
  Json root = {{"diagnostics", std::move(list)}};
  if (dropped > 0) root["droppedCount"] = dropped;
  // Names of files and texts of messages may hold bytes that are no UTF-8; JSON may not.
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace pql
