// The one canonical form of rules-language source: here is all that it is.  No options.
//
// - A line holds at most 100 columns where it can be broken.  Indents are two spaces.
//   Line ends are LF; no space at the end of a line; one line end at the end of a file;
//   no byte order mark.
// - Declarations keep their order.  What has braces stands between empty lines; elsewhere one empty
//   line at most is kept.
// - A metric stands on one line where it fits,
//   its options in the order unit, default, kind;
//   its doc stands on the next line.
// - Clauses of a rule: title, description, owner, tags, stage, mode, active, when, unless,
//   keep while, score.
//   Of a test: at, given, previously, expect; several `given` become one.
//   Their values stand in one column.
// - A condition that doesn't fit breaks in front of `and` and `or`, outermost first;
//   `if`s in front of `else`;
//   what is in parentheses becomes an indented block; lists are filled.
// - Parentheses that someone wrote stay (a pair within a pair goes), and none are added.
// - Numbers have `_` between groups of three from five digits on; percentages, sizes, durations and
//   timestamps keep their unit.  Strings have the escapes they need, names the backticks they need.
// - Every comment is kept, once: behind the token that it follows on its line,
//   or on lines of its own in front of the token that it precedes;
//   `,`, `:`, `=` and `{` stay with what is in front of them.
//   A comment in the middle of a condition breaks it there.
//
// Thread-safe: no state.

#ifndef PQL_FORMAT_FORMATTER_H_
#define PQL_FORMAT_FORMATTER_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "ast/expression.h"
#include "ast/rule_file.h"
#include "diagnostics/source.h"

namespace pql {

inline constexpr int kFormatWidth = 100;

// The canonical form of a file.  Idempotent; parsing it gives an equal tree and the same comments.
// REQUIRES: `file` was parsed from `source` without an error.
std::string FormatRuleFile(const SourceFile& source, const RuleFile& file);

// Parses a text; nothing when it has errors.
using Reparse = std::function<std::optional<RuleFile>(const std::string& text)>;

// As FormatRuleFile, proven: INTERNAL, naming the file, when the result does not parse to an equal
// tree or has lost a comment.  What writes files uses this.
absl::StatusOr<std::string> FormatChecked(const SourceFile& source, const RuleFile& file,
                                          const Reparse& reparse);

// An expression on one line, for trees of any origin: ranges, spellings and marks of parentheses
// may be absent; the parentheses that the tree needs are there.
std::string FormatExpression(const Expression& expression);

// One declaration, without comments, with a line end behind its last line; trees of any origin.
std::string FormatDeclaration(const Declaration& declaration);

}  // namespace pql

#endif  // PQL_FORMAT_FORMATTER_H_
