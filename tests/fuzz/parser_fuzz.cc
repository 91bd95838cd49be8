// Lexer and parser on any bytes, as a rule file and as a condition: what parse_checks.h says.

#include "tests/fuzz/parse_checks.h"

namespace pql {
namespace {

using fuzz::CheckFindings;
using fuzz::RangeChecker;
using fuzz::Require;

void ParseAsFile(const std::string& text) {
  SourceSet sources;
  const FileId id = sources.AddFile("rules.pql", text);
  const RangeChecker ranges(sources.file(id).text());
  DiagnosticSink sink;
  const RuleFile file = ParseRuleFile(sources, id, ParseLimits(), &sink);
  bool has_error = false;
  for (const Declaration& declaration : file.declarations) {
    ranges.Check(declaration.range);
    ForEachRoot(declaration, [&](const Expression& root) { has_error |= ranges.Check(root); });
  }
  for (const Comment& comment : file.comments) ranges.Check(comment.range);
  CheckFindings(sources, ranges, has_error, &sink);
}

void ParseAsCondition(const std::string& text) {
  SourceSet sources;
  const FileId id = sources.AddFile("<condition>", text);
  const RangeChecker ranges(sources.file(id).text());
  DiagnosticSink sink;
  const ExpressionPtr condition = PqlFrontend().ParseCondition(sources, id, ParseLimits(), &sink);
  Require(condition != nullptr, "a condition has a tree", text);
  CheckFindings(sources, ranges, ranges.Check(*condition), &sink);
}

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = pql::fuzz::TextOf(data, size);
  pql::ParseAsFile(text);
  pql::ParseAsCondition(text);
  return 0;
}
