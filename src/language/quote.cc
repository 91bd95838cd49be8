#include "language/quote.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

bool IsControl(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

}  // namespace

std::string QuoteString(std::string_view text) {
  std::string quoted = "\"";
  for (size_t offset = 0; offset < text.size();) {
    const size_t begin = offset;
    const char32_t c = DecodeUtf8(text, &offset);
    if (c == '"' || c == '\\') {
      StrAppend(&quoted, "\\", text.substr(begin, 1));
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (IsControl(c) || IsBidiControl(c)) {
      StrAppend(&quoted, "\\u{", absl::Hex(static_cast<uint32_t>(c)), "}");
    } else {
      quoted += text.substr(begin, offset - begin);
    }
  }
  quoted += '"';
  return quoted;
}

}  // namespace pql
