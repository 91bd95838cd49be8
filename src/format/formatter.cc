#include "format/formatter.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/strings.h"
#include "format/comment_placement.h"
#include "format/declaration_layout.h"
#include "format/expression_layout.h"
#include "format/layout.h"

namespace pql {
namespace {

std::vector<std::string_view> SortedComments(const RuleFile& file) {
  std::vector<std::string_view> texts;
  texts.reserve(file.comments.size());
  for (const Comment& comment : file.comments) texts.push_back(TrimComment(comment.text));
  std::sort(texts.begin(), texts.end());
  return texts;
}

absl::Status FormattingFailed(const SourceFile& source, std::string_view what) {
  return absl::InternalError(
      StrCat(source.name(), ": formatting it would ", what,
             "; the file was left as it is (this is a bug of the formatter, please report it)"));
}

}  // namespace

std::string FormatRuleFile(const SourceFile& source, const RuleFile& file) {
  Layout layout;
  std::vector<Layout::Doc> parts;
  std::vector<size_t> wants_blank;  // tokens
  for (size_t i = 0; i < file.declarations.size(); ++i) {
    const Declaration& declaration = file.declarations[i];
    if (i > 0) {
      parts.push_back(layout.HardLine());
      if (IsBlock(declaration) || IsBlock(file.declarations[i - 1])) {
        wants_blank.push_back(layout.tokens().size());
      }
    }
    layout.BeginUnit();
    parts.push_back(DeclarationLayout(declaration, &layout));
  }
  if (!parts.empty()) parts.push_back(layout.HardLine());
  layout.BeginUnit();
  parts.push_back(layout.Hole());
  layout.last().starts_line = true;
  layout.tokens().front().first_in_block = true;

  PlaceComments(source.text(), file.comments, &layout.tokens());
  for (const size_t i : wants_blank) {
    LayoutToken& token = layout.tokens()[i];
    (token.leading.empty() ? token.blank_before : token.leading.front().blank_before) = true;
  }
  std::string text = layout.Print(layout.Concat(std::move(parts)), kFormatWidth);
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  return text;
}

absl::StatusOr<std::string> FormatChecked(const SourceFile& source, const RuleFile& file,
                                          const Reparse& reparse) {
  std::string text = FormatRuleFile(source, file);
  const std::optional<RuleFile> again = reparse(text);
  if (!again.has_value()) return FormattingFailed(source, "break it");
  if (!SameRuleFile(file, *again)) return FormattingFailed(source, "change its meaning");
  if (SortedComments(file) != SortedComments(*again)) {
    return FormattingFailed(source, "lose a comment");
  }
  return text;
}

std::string FormatExpression(const Expression& expression) {
  Layout layout;
  const Layout::Doc root = TermLayout(expression, &layout);
  return layout.Print(root, std::numeric_limits<int>::max());
}

std::string FormatDeclaration(const Declaration& declaration) {
  Layout layout;
  const Layout::Doc root = DeclarationLayout(declaration, &layout);
  return StrCat(layout.Print(root, kFormatWidth), "\n");
}

}  // namespace pql
