// What holds of every text that a front end read: ranges lie in it and on character boundaries,
// what was not understood has a finding, findings are bounded and can be rendered, every fix
// changes the text.

#ifndef PQL_TESTS_FUZZ_PARSE_CHECKS_H_
#define PQL_TESTS_FUZZ_PARSE_CHECKS_H_

#include <string>
#include <string_view>
#include <vector>

#include "ast/rule_file.h"
#include "base/unicode.h"
#include "diagnostics/render.h"
#include "parser/frontend.h"
#include "tests/fuzz/fuzz_target.h"

namespace pql::fuzz {

class RangeChecker {
 public:
  // `text` outlives the checker.
  explicit RangeChecker(std::string_view text)
      : text_(text), is_utf8_(!FindInvalidUtf8(text).has_value()) {}

  void Check(SourceRange range) const {
    Require(range.begin <= range.end && range.end <= text_.size(), "ranges lie in the text", text_);
    if (!is_utf8_) return;
    Require(IsBoundary(range.begin) && IsBoundary(range.end), "ranges hold whole characters",
            text_);
  }
  void Check(const Diagnostic& finding) const {
    Check(finding.range);
    for (const RelatedRange& related : finding.related) Check(related.range);
    if (!finding.fix) return;
    for (const TextEdit& edit : finding.fix->edits) Check(edit.range);
    Require(ApplyEdits(text_, finding.fix->edits) != text_, "a fix changes the text", text_);
  }
  // Whether the tree has an error node.
  bool Check(const Expression& root) const {
    bool has_error = false;
    WalkExpression(root, [&](const Expression& node) {
      Check(node.range);
      has_error = has_error || node.kind == Expression::Kind::kError;
    });
    return has_error;
  }

 private:
  bool IsBoundary(uint32_t offset) const {
    return offset == text_.size() || !IsContinuationByte(text_[offset]);
  }

  std::string_view text_;
  bool is_utf8_;
};

inline void CheckFindings(const SourceSet& sources, const RangeChecker& ranges, bool tree_has_error,
                          DiagnosticSink* sink) {
  const std::string_view text = sources.file(0).text();
  Require(!tree_has_error || sink->has_errors(), "an error node has its finding", text);
  const size_t dropped = sink->dropped();
  const std::vector<Diagnostic> findings = sink->Take();
  Require(findings.size() <= DiagnosticSink::kDefaultMax, "findings are bounded", text);
  for (const Diagnostic& finding : findings) ranges.Check(finding);
  const std::string rendered = RenderHuman(sources, findings, dropped);
  Require(rendered.empty() == findings.empty(), "findings are shown", text);
  Require(!FindInvalidUtf8(rendered), "what is shown is valid UTF-8", text);
}

}  // namespace pql::fuzz

#endif  // PQL_TESTS_FUZZ_PARSE_CHECKS_H_
