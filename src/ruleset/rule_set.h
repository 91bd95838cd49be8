// A compiled rule set: sources, syntax trees and the checked form, as one immutable whole.
//
// Shared as shared_ptr<const RuleSet>: a request takes one and keeps it to its end, so it sees one
// state of the rules whatever is loaded meanwhile.  Thread-safe.

#ifndef PQL_RULESET_RULE_SET_H_
#define PQL_RULESET_RULE_SET_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ast/rule_file.h"
#include "checker/checker.h"
#include "diagnostics/diagnostic.h"
#include "diagnostics/source.h"
#include "language/checked_rule_set.h"
#include "language/function_registry.h"
#include "parser/frontend.h"

namespace pql {

// One rule file as text.
struct SourceText {
  std::string name;  // as shown to people: `rules/slack/metrics.pql`
  std::string text;
};

// Whether the source is `.pqllint`, the linter's configuration of a rule set.  It belongs to the
// sources, so that it goes wherever they go, but is no rule file.
inline constexpr std::string_view kLintConfigName = ".pqllint";
bool IsLintConfig(std::string_view source_name);

class Plan;
class SharedColumnProgram;

struct RuleSet {
  std::string id;      // `slack`
  std::string digest;  // SHA-256 over names and texts in order of name, hexadecimal
  SourceSet sources;
  std::vector<RuleFile> files;  // one a source, by FileId; of `.pqllint` empty
  std::shared_ptr<const FunctionRegistry> functions;
  CheckedRuleSet checked;

  std::vector<const RuleSyntax*> rule_syntax;          // by index of checked.rules, into `files`
  std::shared_ptr<const Plan> plan;                    // of `checked`; null when there are errors
  std::shared_ptr<const SharedColumnProgram> columns;  // of `plan`, likewise
};

struct CompileOptions {
  std::shared_ptr<const FunctionRegistry> functions = FunctionRegistry::Builtin();
  ParseLimits parse;  // max_bytes is of each source
  CheckLimits check;
  size_t max_total_bytes = 64 << 20;  // of all sources of a rule set
  size_t max_diagnostics = DiagnosticSink::kDefaultMax;
};

struct CompileResult {
  // Always there, for tools that show findings; evaluate only when ok().
  std::shared_ptr<const RuleSet> rule_set;
  std::vector<Diagnostic> diagnostics;  // sorted; ranges are into rule_set->sources
  size_t dropped = 0;                   // findings past max_diagnostics
  size_t error_count = 0;

  bool ok() const { return error_count == 0; }
};

// Compiles all sources of a rule set together.  The order of `sources` does not matter.
CompileResult CompileRuleSet(std::string id, std::vector<SourceText> sources,
                             const CompileOptions& options = {});

// The identity of a set of sources: RuleSet::digest without compiling.
std::string DigestOf(std::vector<SourceText> sources);

}  // namespace pql

#endif  // PQL_RULESET_RULE_SET_H_
