// Finds for every comment of a source text the token of the formatted text that it belongs to.
// Thread-safe: no state.

#ifndef PQL_FORMAT_COMMENT_PLACEMENT_H_
#define PQL_FORMAT_COMMENT_PLACEMENT_H_

#include <string_view>
#include <vector>

#include "ast/rule_file.h"
#include "format/layout.h"

namespace pql {

// Puts each comment, exactly once, on one of `tokens`: behind the token that it follows on its
// line, else in front of the token that it precedes, else on the last token.  Notes the empty
// lines, too. REQUIRES: the tokens' ranges and the comments are of `source`; the last token is a
// hole.
void PlaceComments(std::string_view source, const std::vector<Comment>& comments,
                   std::vector<LayoutToken>* tokens);

// The comment without the spaces, tabs and carriage return at its end.
std::string_view TrimComment(std::string_view text);

}  // namespace pql

#endif  // PQL_FORMAT_COMMENT_PLACEMENT_H_
