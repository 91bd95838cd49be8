// The formatter on whatever parses: the formatted text has the same tree and the same comments, is
// its own format, and is clean; an expression comes back the same from one line.

#include <algorithm>
#include <optional>
#include <vector>

#include "format/comment_placement.h"
#include "format/formatter.h"
#include "parser/frontend.h"
#include "tests/fuzz/fuzz_target.h"

namespace pql {
namespace {

using fuzz::Require;

struct Parsed {
  SourceSet sources;
  RuleFile file;
  bool ok = false;
};

Parsed Parse(const std::string& text) {
  Parsed parsed;
  DiagnosticSink sink;
  const FileId id = parsed.sources.AddFile("rules.pql", text);
  parsed.file = ParseRuleFile(parsed.sources, id, ParseLimits(), &sink);
  parsed.ok = !sink.has_errors();
  return parsed;
}

// Sorted: clauses may move, and their comments with them.
std::vector<std::string> CommentsOf(const RuleFile& file) {
  std::vector<std::string> texts;
  for (const Comment& comment : file.comments) texts.emplace_back(TrimComment(comment.text));
  std::sort(texts.begin(), texts.end());
  return texts;
}

void FormatFile(const std::string& text) {
  const Parsed parsed = Parse(text);
  if (!parsed.ok) return;
  const std::string formatted = FormatRuleFile(parsed.sources.file(0), parsed.file);
  const Parsed again = Parse(formatted);
  Require(again.ok, "the formatted text parses", formatted);
  Require(SameRuleFile(parsed.file, again.file), "formatting keeps the tree", formatted);
  Require(CommentsOf(parsed.file) == CommentsOf(again.file), "formatting keeps comments",
          formatted);
  Require(FormatRuleFile(again.sources.file(0), again.file) == formatted,
          "formatting is idempotent", formatted);
  Require(formatted.find('\r') == std::string::npos && formatted.find(" \n") == std::string::npos &&
              formatted.find("\n\n\n") == std::string::npos && !formatted.ends_with("\n\n") &&
              (formatted.empty() || formatted.ends_with('\n')),
          "the formatted text is clean", formatted);
}

std::optional<ExpressionPtr> ParseExpression(const std::string& text) {
  SourceSet sources;
  DiagnosticSink sink;
  const FileId id = sources.AddFile("<condition>", text);
  ExpressionPtr expression = PqlFrontend().ParseCondition(sources, id, ParseLimits(), &sink);
  if (sink.has_errors()) return std::nullopt;
  return expression;
}

void FormatCondition(const std::string& text) {
  const std::optional<ExpressionPtr> expression = ParseExpression(text);
  if (!expression) return;
  const std::string formatted = FormatExpression(**expression);
  const std::optional<ExpressionPtr> again = ParseExpression(formatted);
  Require(again.has_value(), "the formatted condition parses", formatted);
  Require(SameExpression(**expression, **again), "formatting keeps the condition", formatted);
  Require(FormatExpression(**again) == formatted, "formatting a condition is idempotent",
          formatted);
}

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = pql::fuzz::TextOf(data, size);
  pql::FormatFile(text);
  pql::FormatCondition(text);
  return 0;
}
