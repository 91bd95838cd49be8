// A compiled rule set: sources, syntax trees and the checked form, as one immutable whole.
//
// Shared as shared_ptr<const RuleSet>: a request takes one and keeps it to its end, so it sees one
// state of the rules whatever is loaded meanwhile.  Two versions of a rule set share whatever is
// the same in both.  Thread-safe.

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

class MatchRunPool;
class Plan;
class RuleIndex;
class SharedColumnProgram;

struct RuleSet {
  std::string id;      // `slack`
  std::string digest;  // SHA-256 over names and texts in order of name, hexadecimal
  // Of a rule set that was compiled after another one, places may be empty: files without a name.
  SourceSet sources;
  SharedList<RuleFile> files;        // one a source, by FileId; of `.pqllint` empty
  std::vector<FileId> file_order;    // those that there are, in order of name
  std::vector<FileId> empty_places;  // the others
  size_t source_bytes = 0;           // of all texts
  bool is_clean = false;             // nothing was found in it but what the linter finds
  std::shared_ptr<const FunctionRegistry> functions;
  CheckedRuleSet checked;

  std::vector<const RuleSyntax*> rule_syntax;          // by index of checked.rules, into `files`
  std::shared_ptr<const Plan> plan;                    // of `checked`; null when there are errors
  std::shared_ptr<const SharedColumnProgram> columns;  // of `plan`, likewise
  // Finds matches among many rules; null when there are few, or CompileOptions::index is off.
  std::shared_ptr<const RuleIndex> index;
  // For finding matches by the index, or else the plan; null when there are errors.
  std::shared_ptr<MatchRunPool> match_runs;
};

struct CompileOptions {
  std::shared_ptr<const FunctionRegistry> functions = FunctionRegistry::Builtin();
  ParseLimits parse;  // max_bytes is of each source
  CheckLimits check;
  size_t max_total_bytes = 64 << 20;  // of all sources of a rule set
  size_t max_diagnostics = DiagnosticSink::kDefaultMax;
  // Whether accounts will be evaluated, so that a predicate index is worth its while.
  bool index = false;
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
std::string DigestOf(const std::vector<SourceText>& sources);

// Sources that rule sets share, in order of name, each name once.
using SharedSources = std::vector<std::shared_ptr<const SourceFile>>;
SharedSources Share(std::vector<SourceText> sources);
std::string DigestOfShared(const SharedSources& sources);

// Compiles a rule set that may have much in common with `before`, which may be null: what comes
// from the same sources is taken from there, as far as the other sources have nothing to do with
// it.  Where only rules are different, the work is that of these rules and of those that name other
// rules, besides a few passes over pointers.  The same as CompileRuleSet, but for the numbers of
// files and the order of evaluation.
CompileResult CompileAfter(const RuleSet* before, std::string id, const SharedSources& sources,
                           const CompileOptions& options = {});

// The same rule set with what evaluates it compiled as a whole, which CompileAfter only adds to.
std::shared_ptr<const RuleSet> Consolidate(const RuleSet& rule_set, const CompileOptions& options);
// Whether that would speed up its evaluations, or free memory.
bool IsWorthConsolidating(const RuleSet& rule_set);
// `rule_set` evaluated by what `consolidated`, an earlier version of it, has; null where they
// differ in more than few rules.
std::shared_ptr<const RuleSet> EvaluatedAfter(const RuleSet& consolidated, const RuleSet& rule_set);

}  // namespace pql

#endif  // PQL_RULESET_RULE_SET_H_
