// JsonLogic of any bytes: as the parser (parse_checks.h); and what is read without a finding is,
// written in the rules language, the same condition.

#include <string>
#include <vector>

#include "format/formatter.h"
#include "tests/fuzz/parse_checks.h"

namespace pql {
namespace {

using fuzz::Require;

void RequireSameInRulesLanguage(const Expression& condition, const std::string& text) {
  const std::string converted = FormatExpression(condition);
  SourceSet sources;
  DiagnosticSink sink;
  const FileId id = sources.AddFile("converted", converted);
  const ExpressionPtr parsed = PqlFrontend().ParseCondition(sources, id, ParseLimits(), &sink);
  Require(!sink.has_errors(), "what is converted is of the rules language", text);
  Require(SameExpression(condition, *parsed), "what is converted means the same", text);
}

void ReadJsonLogic(const std::string& text) {
  SourceSet sources;
  const FileId id = sources.AddFile("condition.json", text);
  const fuzz::RangeChecker ranges(sources.file(id).text());
  DiagnosticSink sink;
  const ExpressionPtr condition =
      JsonLogicFrontend().ParseCondition(sources, id, ParseLimits(), &sink);
  Require(condition != nullptr, "a condition has a tree", text);
  const bool has_error = ranges.Check(*condition);
  const bool is_good = !sink.has_errors();
  fuzz::CheckFindings(sources, ranges, has_error, &sink);
  if (is_good) RequireSameInRulesLanguage(*condition, text);
}

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pql::ReadJsonLogic(pql::fuzz::TextOf(data, size));
  return 0;
}
