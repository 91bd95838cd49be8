// Declarations of a rule set as text for people: canonical where that loses nothing.
// Thread-safe: no state.

#ifndef PQL_ENGINE_RULE_SOURCE_H_
#define PQL_ENGINE_RULE_SOURCE_H_

#include <string>

#include "ast/rule_file.h"
#include "ruleset/rule_set.h"

namespace pql {

// The declaration that stands in exactly this range; null when there is none.
const Declaration* FindDeclaration(const RuleSet& rule_set, SourceRange range);

// The declaration in canonical form; as it was written when a comment stands inside of it.
// REQUIRES: the range of a declaration.
std::string DeclarationSource(const RuleSet& rule_set, SourceRange range);

}  // namespace pql

#endif  // PQL_ENGINE_RULE_SOURCE_H_
