#include "checker/pattern.h"

#include <string>

#include "base/strings.h"
#include "re2/re2.h"

namespace pql {
namespace {

using re2::RE2;

// What is wrong, for someone who has seen a regular expression but not its grammar.
std::string_view PlainWords(RE2::ErrorCode code) {
  switch (code) {
    case RE2::ErrorBadEscape:
      return "a backslash stands before something that can't be escaped";
    case RE2::ErrorBadCharClass:
    case RE2::ErrorBadCharRange:
      return "the set of characters in `[...]` is wrong";
    case RE2::ErrorMissingBracket:
      return "a `[` is never closed";
    case RE2::ErrorMissingParen:
      return "a `(` is never closed";
    case RE2::ErrorUnexpectedParen:
      return "a `)` has no `(`";
    case RE2::ErrorTrailingBackslash:
      return "it ends with a single backslash";
    case RE2::ErrorRepeatArgument:
      return "`*`, `+` or `?` has nothing before it to repeat";
    case RE2::ErrorRepeatSize:
      return "the count in `{...}` is too large or upside down";
    case RE2::ErrorRepeatOp:
      return "two repetitions follow each other";
    case RE2::ErrorBadPerlOp:
      return "it uses something of Perl that is not supported";
    case RE2::ErrorBadUTF8:
      return "it is not valid UTF-8";
    case RE2::ErrorBadNamedCapture:
      return "the name of a group is wrong";
    default:
      return "it can't be read";
  }
}

std::string HintFor(RE2::ErrorCode code) {
  switch (code) {
    case RE2::ErrorBadEscape:
      return "in a rule's string a backslash is written twice: `\"\\\\d+\"`";
    case RE2::ErrorBadPerlOp:
      return "look-ahead and look-behind don't exist here; combine two conditions with `and`";
    case RE2::ErrorMissingParen:
    case RE2::ErrorUnexpectedParen:
      return "a parenthesis that is meant as such is written `\\\\(` or `\\\\)`";
    case RE2::ErrorRepeatArgument:
      return "`.*` stands for any text; a star that is meant as such is written `\\\\*`";
    case RE2::ErrorRepeatSize:
      return "counts go up to 1000, also where they multiply, the smaller one first";
    default:
      return "";
  }
}

}  // namespace

std::shared_ptr<const RE2> CompilePattern(std::string_view pattern, SourceRange range,
                                          const CheckLimits& limits, DiagnosticSink* sink) {
  if (pattern.size() > limits.max_pattern_bytes) {
    sink->Add(DiagnosticKind::kPatternTooLarge, range,
              {StrCat("is ", pattern.size(), " bytes long; at most ", limits.max_pattern_bytes,
                      " are allowed")});
    return nullptr;
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(limits.max_pattern_memory);
  auto compiled =
      std::make_shared<const RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (compiled->ok()) return compiled;
  if (compiled->error_code() == RE2::ErrorPatternTooLarge) {
    sink->Add(DiagnosticKind::kPatternTooLarge, range, {"needs too much memory"}).hint =
        "counts such as `{1000}` multiply what stands before them";
    return nullptr;
  }
  Diagnostic& finding = sink->Add(DiagnosticKind::kBadPattern, range,
                                  {PlainWords(compiled->error_code()), compiled->error()});
  finding.hint = HintFor(compiled->error_code());
  return nullptr;
}

}  // namespace pql
