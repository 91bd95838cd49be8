// JSON as a tree that knows where in the text each value stands.
//
// A tree owns its values; its depth is bounded when it is read.  Thread-compatible.

#ifndef PQL_PARSER_JSON_TEXT_H_
#define PQL_PARSER_JSON_TEXT_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "diagnostics/diagnostic.h"
#include "diagnostics/source.h"
#include "parser/frontend.h"

namespace pql {

struct JsonValue {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  SourceRange range;
  bool boolean = false;
  double number = 0;
  std::string text;              // of a kString
  std::vector<JsonValue> items;  // of a kArray; of a kObject: the values of its keys
  std::vector<std::string> keys;
  std::vector<SourceRange> key_ranges;

  bool Is(Kind which) const { return kind == which; }
  // For sentences: `a text`, `a list`.
  std::string_view Describe() const;
};

// The one value that the file holds; null, with one finding, when it is no JSON, too large or
// nested too deeply.
std::unique_ptr<JsonValue> ReadJson(const SourceSet& sources, FileId file,
                                    const ParseLimits& limits, DiagnosticSink* sink);

// The JSON pointer (RFC 6901) of the innermost value that holds the range: `/and/0/==/1`; empty for
// the whole document.
std::string JsonPointerTo(const JsonValue& root, SourceRange range);

}  // namespace pql

#endif  // PQL_PARSER_JSON_TEXT_H_
