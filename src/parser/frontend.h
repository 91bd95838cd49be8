// The plug-in point for languages: a front end turns text into the syntax tree of ast/.
//
// Everything behind it (checker, engines, lint, formatter) sees only the tree, so a new front end
// is one new file and one line in AllFrontends().  Thread-safe: front ends hold no state of their
// own; parsing is serialised inside where the parser library demands it.

#ifndef PQL_PARSER_FRONTEND_H_
#define PQL_PARSER_FRONTEND_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ast/expression.h"
#include "ast/rule_file.h"
#include "diagnostics/diagnostic.h"
#include "diagnostics/source.h"

namespace pql {

// Bounds on one source text, checked before it is parsed.
struct ParseLimits {
  size_t max_bytes = 4 << 20;
  size_t max_tokens = 1'000'000;
  int max_depth = kMaxExpressionDepth;
};

class Frontend {
 public:
  virtual ~Frontend() = default;

  // What `--language` and the API's `language` field call it: "pql", "jsonlogic".
  virtual std::string_view name() const = 0;

  // Parses one condition, the whole of the file.  Findings go to `sink`; the tree is never null,
  // has a kError node wherever the text was not understood, and can be checked all the same.
  virtual ExpressionPtr ParseCondition(const SourceSet& sources, FileId file,
                                       const ParseLimits& limits, DiagnosticSink* sink) const = 0;

  // Puts a finding about a text in this language, its own or the checker's, into terms of the
  // language: the checker speaks of, and fixes, the rules language.
  virtual void Localize(const SourceSet& /*sources*/, Diagnostic* /*finding*/) const {}
};

// The rules language itself, which alone has whole files.
RuleFile ParseRuleFile(const SourceSet& sources, FileId file, const ParseLimits& limits,
                       DiagnosticSink* sink);
const Frontend& PqlFrontend();
const Frontend& JsonLogicFrontend();

// All front ends; the rules language is the first.
std::span<const Frontend* const> AllFrontends();
std::vector<std::string> FrontendNames();
// Null when there is none of that name.
const Frontend* FindFrontend(std::string_view name);

}  // namespace pql

#endif  // PQL_PARSER_FRONTEND_H_
