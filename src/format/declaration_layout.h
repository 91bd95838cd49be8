// Declarations as layouts, clauses in their canonical order.  Thread-safe: no state.

#ifndef PQL_FORMAT_DECLARATION_LAYOUT_H_
#define PQL_FORMAT_DECLARATION_LAYOUT_H_

#include "ast/rule_file.h"
#include "format/layout.h"

namespace pql {

// The whole declaration, without a line end behind it.
Layout::Doc DeclarationLayout(const Declaration& declaration, Layout* layout);

// Whether an empty line always stands around it: what has braces.
bool IsBlock(const Declaration& declaration);

}  // namespace pql

#endif  // PQL_FORMAT_DECLARATION_LAYOUT_H_
