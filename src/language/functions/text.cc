// Text: length lower upper trim.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/unicode.h"
#include "language/function_registry.h"

namespace pql {
namespace {

using Kind = Type::Kind;

Value Length(std::span<const Value> v) {
  return Value::Number(static_cast<double>(CountCodePoints(v[0].string())));
}

Value Lower(std::span<const Value> v) { return Value::String(ToLower(v[0].string())); }
Value Upper(std::span<const Value> v) { return Value::String(ToUpper(v[0].string())); }

Value Trim(std::span<const Value> v) {
  constexpr std::string_view kAsciiSpace = " \t\n\v\f\r";
  const std::string& text = v[0].string();
  const size_t first = text.find_first_not_of(kAsciiSpace);
  if (first == std::string::npos) return Value::String("");
  return Value::String(text.substr(first, text.find_last_not_of(kAsciiSpace) - first + 1));
}

}  // namespace

std::vector<FunctionDefinition> TextFunctions() {
  return {
      {
          .name = "length",
          .family = "text",
          .signatures = {{{Kind::kString}, Kind::kNumber}},
          .parameter_names = {"text"},
          .doc = "How many characters a text has, counted in Unicode code points.",
          .example = "length(\"größe\")",
          .example_result = "5",
          .body = Length,
      },
      {
          .name = "lower",
          .family = "text",
          .signatures = {{{Kind::kString}, Kind::kString}},
          .parameter_names = {"text"},
          .doc = "The text in lower case, in every script that has one.",
          .example = "lower(\"Ada@EXAMPLE.com\")",
          .example_result = "\"ada@example.com\"",
          .body = Lower,
      },
      {
          .name = "upper",
          .family = "text",
          .signatures = {{{Kind::kString}, Kind::kString}},
          .parameter_names = {"text"},
          .doc = "The text in upper case, in every script that has one.",
          .example = "upper(\"größe\")",
          .example_result = "\"GRÖSSE\"",
          .body = Upper,
      },
      {
          .name = "trim",
          .family = "text",
          .signatures = {{{Kind::kString}, Kind::kString}},
          .parameter_names = {"text"},
          .doc = "The text without spaces, tabs and line ends at its beginning and end.",
          .example = "trim(\"  pro \")",
          .example_result = "\"pro\"",
          .body = Trim,
      },
  };
}

}  // namespace pql
