// The declarations of all files of a rule set by kind and in order of name, so that nothing after
// it depends on how the text is spread over files.
//
// Points into the syntax trees, which must outlive it.  Thread-compatible.

#ifndef PQL_CHECKER_DECLARATION_TABLE_H_
#define PQL_CHECKER_DECLARATION_TABLE_H_

#include <span>
#include <string>
#include <vector>

#include "ast/rule_file.h"
#include "checker/checker.h"
#include "diagnostics/diagnostic.h"

namespace pql {

template <typename Syntax>
struct Declared {
  const Syntax* syntax = nullptr;
  SourceRange range;  // of the whole declaration
};

struct DeclarationTable {
  // The first of each name.
  std::vector<Declared<MetricSyntax>> metrics;
  std::vector<Declared<DefineSyntax>> defines;
  std::vector<Declared<ScorecardSyntax>> scorecards;
  std::vector<Declared<RuleSyntax>> rules;
  const StagesSyntax* stages = nullptr;  // the first; null when there is none
  SourceRange stages_range;
  std::vector<Declared<TestSyntax>> tests;  // in order of file and offset

  // What can't be referred to by name: a later declaration of a name, one of a reserved name, one
  // whose name the parser did not understand.  Their bodies are checked all the same.
  std::vector<const Declaration*> nameless;
  // Names declared more than once, in no order.
  std::vector<std::string> repeated_names;
};

// Duplicate and reserved names, second `stages` and too many rules are findings.  Of two
// declarations the one in the file whose name comes first in code point order is the first.
DeclarationTable CollectDeclarations(const SourceSet& sources, std::vector<const RuleFile*> files,
                                     const CheckLimits& limits, DiagnosticSink* sink);

}  // namespace pql

#endif  // PQL_CHECKER_DECLARATION_TABLE_H_
