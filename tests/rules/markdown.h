// Code blocks of a Markdown document: what the examples of the documentation are tested with.
// Pure; thread-safe.

#ifndef PQL_TESTS_RULES_MARKDOWN_H_
#define PQL_TESTS_RULES_MARKDOWN_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pql {

inline constexpr size_t kMaxBytes = 4 << 20;  // of documents and rule directories that tests read

// What stands between two lines of three or more backticks.
struct CodeBlock {
  std::string language;            // the first word behind the backticks: `pql`, `console`
  std::vector<std::string> words;  // the others: `condition`, `error=PQL1203`
  std::string text;                // with the line end of its last line
  size_t begin = 0;                // of `text` in the document, in bytes
  size_t end = 0;
  int line = 0;  // of the opening backticks, from 1

  bool Has(std::string_view word) const;
  // The text behind `key=`, if there.
  std::optional<std::string> Argument(std::string_view key) const;
};

// In order.  A block that nobody closed ends with the document.
std::vector<CodeBlock> CodeBlocks(std::string_view document);

// The lines of a text without their line ends.
std::vector<std::string> Lines(std::string_view text);

}  // namespace pql

#endif  // PQL_TESTS_RULES_MARKDOWN_H_
