#include "engine/rule_source.h"

#include <algorithm>

#include "format/formatter.h"

namespace pql {

const Declaration* FindDeclaration(const RuleSet& rule_set, SourceRange range) {
  const std::vector<Declaration>& declarations = rule_set.files[range.file].declarations;
  const auto found = std::lower_bound(declarations.begin(), declarations.end(), range.begin,
                                      [](const Declaration& declaration, uint32_t begin) {
                                        return declaration.range.begin < begin;
                                      });
  return found != declarations.end() && found->range == range ? &*found : nullptr;
}

std::string DeclarationSource(const RuleSet& rule_set, SourceRange range) {
  const std::vector<Comment>& comments = rule_set.files[range.file].comments;
  const bool has_comment =
      std::any_of(comments.begin(), comments.end(),
                  [&range](const Comment& comment) { return range.Contains(comment.range); });
  const Declaration* declaration = FindDeclaration(rule_set, range);
  if (has_comment || declaration == nullptr) return std::string(rule_set.sources.Text(range));
  return FormatDeclaration(*declaration);
}

}  // namespace pql
