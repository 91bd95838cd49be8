#include "diagnostics/diagnostic.h"

#include <algorithm>
#include <cassert>
#include <tuple>

namespace pql {
namespace {

// Replaces `{0}`, `{1}`, ... of the template.  What stands in an argument is not looked at again.
std::string FillIn(std::string_view message, const std::vector<DiagnosticArgument>& arguments) {
  std::string out;
  for (size_t i = 0; i < message.size(); ++i) {
    const bool is_slot = message[i] == '{' && i + 2 < message.size() && message[i + 2] == '}' &&
                         '0' <= message[i + 1] && message[i + 1] <= '9';
    if (!is_slot) {
      out += message[i];
      continue;
    }
    const auto index = static_cast<size_t>(message[i + 1] - '0');
    assert(index < arguments.size());
    if (index < arguments.size()) out += arguments[index].text();
    i += 2;
  }
  return out;
}

}  // namespace

std::vector<TextEdit> Fix::SortedEdits() const {
  std::vector<TextEdit> sorted = edits;
  // Insertions at one offset keep their order.
  std::stable_sort(sorted.begin(), sorted.end(), [](const TextEdit& a, const TextEdit& b) {
    return std::tie(a.range.file, a.range.begin) < std::tie(b.range.file, b.range.begin);
  });
  return sorted;
}

std::string Diagnostic::MessageWithoutHint() const { return FillIn(info().message, arguments); }

std::string Diagnostic::Message() const {
  std::string message = MessageWithoutHint();
  if (!hint.empty()) StrAppend(&message, "; ", hint);
  return message;
}

Diagnostic& DiagnosticSink::Add(DiagnosticKind kind, SourceRange range,
                                std::vector<DiagnosticArgument> arguments) {
  const bool is_repeated =
      std::any_of(diagnostics_.begin(), diagnostics_.end(),
                  [&](const Diagnostic& seen) { return seen.kind == kind && seen.range == range; });
  Diagnostic diagnostic{.kind = kind, .range = range, .arguments = std::move(arguments)};
  if (!is_repeated && diagnostic.severity() == Severity::kError) ++error_count_;
  if (!is_repeated && diagnostics_.size() < max_) {
    return diagnostics_.emplace_back(std::move(diagnostic));
  }
  if (!is_repeated) ++dropped_;
  overflow_ = std::move(diagnostic);
  return overflow_;
}

void DiagnosticSink::Add(Diagnostic diagnostic) {
  Diagnostic& added = Add(diagnostic.kind, diagnostic.range);
  added = std::move(diagnostic);
}

std::vector<Diagnostic> DiagnosticSink::Take() {
  std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.range < b.range; });
  error_count_ = 0;
  dropped_ = 0;
  return std::exchange(diagnostics_, {});
}

std::string ApplyEdits(std::string_view text, std::vector<TextEdit> edits) {
  // Insertions at one offset keep their order.
  std::stable_sort(edits.begin(), edits.end(), [](const TextEdit& a, const TextEdit& b) {
    return a.range.begin < b.range.begin;
  });
  std::string out;
  size_t done = 0;
  for (const TextEdit& edit : edits) {
    assert(done <= edit.range.begin && edit.range.begin <= edit.range.end &&
           edit.range.end <= text.size());
    out += text.substr(done, edit.range.begin - done);
    out += edit.replacement;
    done = edit.range.end;
  }
  return out += text.substr(done);
}

}  // namespace pql
