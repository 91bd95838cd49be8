// hidden-character: a direction mark or an invisible character in a text or a comment, where it is
// allowed but can make a line read other than it is.

#include <string_view>

#include "base/unicode.h"
#include "lint/all_checks.h"

namespace pql {
namespace {

// Joiners and direction marks belong to the spelling of many languages; the marks that turn the
// order of what follows, and what has no width, do not.
bool IsHidden(char32_t point) {
  switch (point) {
    case 0x200C:  // zero width non-joiner
    case 0x200D:  // zero width joiner
    case 0x200E:  // left-to-right mark
    case 0x200F:  // right-to-left mark
    case 0x061C:  // Arabic letter mark
    case 0x00A0:  // no-break space
    case 0x202F:  // narrow no-break space
    case 0x3000:  // ideographic space
      return false;
    default:
      return IsBidiControl(point) || IsInvisible(point);
  }
}

bool IsVariationSelector(char32_t point) { return 0xFE00 <= point && point <= 0xFE0F; }

void Look(const SourceFile& file, FileId id, LintContext* context) {
  const std::string_view text = file.text();
  size_t offset = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  while (offset < text.size()) {
    if (static_cast<unsigned char>(text[offset]) < 0x80) {
      ++offset;  // the parser refuses controls
      continue;
    }
    const auto begin = static_cast<uint32_t>(offset);
    const char32_t point = DecodeUtf8(text, &offset);
    if (!IsHidden(point) || IsVariationSelector(point)) continue;
    context
        ->Report(DiagnosticKind::kHiddenCharacter, {id, begin, static_cast<uint32_t>(offset)},
                 {DescribeCodePoint(point)})
        .hint = "take it away; in a text, write it as `\\u{...}` if it is needed";
  }
}

}  // namespace

void CheckHiddenCharacter(LintContext* context) {
  const SourceSet& sources = context->rule_set().sources;
  for (FileId file = 0; file < sources.size(); ++file) {
    // A configuration is read by its ASCII words only; its bytes may be anything.
    if (!IsLintConfig(sources.file(file).name())) Look(sources.file(file), file, context);
  }
}

}  // namespace pql
