// A finding in a rule file.  User mistakes are diagnostics; absl::Status is for operations that
// could not finish.  Values; the sink is thread-compatible.

#ifndef PQL_DIAGNOSTICS_DIAGNOSTIC_H_
#define PQL_DIAGNOSTICS_DIAGNOSTIC_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/number_text.h"
#include "base/strings.h"
#include "diagnostics/diagnostic_table.h"
#include "diagnostics/source.h"

namespace pql {

// An argument of a message: text, or a number that is rendered without exponent.
class DiagnosticArgument {
 public:
  DiagnosticArgument(std::string text) : text_(std::move(text)) {}    // NOLINT: implicit
  DiagnosticArgument(std::string_view text) : text_(text) {}          // NOLINT
  DiagnosticArgument(const char* text) : text_(text) {}               // NOLINT
  DiagnosticArgument(double number) : text_(FormatNumber(number)) {}  // NOLINT
  DiagnosticArgument(int number) : text_(StrCat(number)) {}           // NOLINT
  DiagnosticArgument(size_t number) : text_(StrCat(number)) {}        // NOLINT
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct TextEdit {
  SourceRange range;  // empty range: an insertion
  std::string replacement;
};

// A change that puts the finding right.  Edits do not overlap.
struct Fix {
  std::string title;  // "write `==`"
  std::vector<TextEdit> edits;
  bool safe = true;  // whether `pql lint --fix` may apply it without asking

  // What to put before the title: "fix: ", or "fix, to be checked: " where it is not safe.
  std::string Label() const { return safe ? "fix: " : "fix, to be checked: "; }
  // In order of place.
  std::vector<TextEdit> SortedEdits() const;
};

struct RelatedRange {
  SourceRange range;
  std::string message;  // "declared here"
};

struct Diagnostic {
  DiagnosticKind kind;
  SourceRange range;
  std::vector<DiagnosticArgument> arguments = {};
  std::string hint = {};  // follows the message after "; ": "did you mean `messages`?"
  std::vector<RelatedRange> related = {};
  std::optional<Fix> fix = {};

  const DiagnosticInfo& info() const { return InfoOf(kind); }
  Severity severity() const { return info().severity; }
  // The template with its arguments filled in, and the hint.
  std::string Message() const;
  std::string MessageWithoutHint() const;
};

// Collects findings; counts those past its bound instead of keeping them.
class DiagnosticSink {
 public:
  static constexpr size_t kDefaultMax = 50;
  explicit DiagnosticSink(size_t max = kDefaultMax) : max_(max) {}

  // A finding that repeats another of the same kind and range is dropped.  The returned reference
  // is valid until the next Add; set hint, related and fix through it.
  Diagnostic& Add(DiagnosticKind kind, SourceRange range,
                  std::vector<DiagnosticArgument> arguments = {});
  void Add(Diagnostic diagnostic);

  bool has_errors() const { return error_count_ > 0; }
  size_t error_count() const { return error_count_; }  // those dropped included
  size_t dropped() const { return dropped_; }          // "and N more"
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }
  // Sorted by file and offset; the sink is as new afterwards, so ask for dropped() before.
  std::vector<Diagnostic> Take();

 private:
  size_t max_;
  size_t error_count_ = 0;
  size_t dropped_ = 0;
  std::vector<Diagnostic> diagnostics_;
  Diagnostic overflow_{};  // where findings past the bound go
};

// The text with the edits applied.  REQUIRES: all in one file, not overlapping.
std::string ApplyEdits(std::string_view text, std::vector<TextEdit> edits);

}  // namespace pql

#endif  // PQL_DIAGNOSTICS_DIAGNOSTIC_H_
