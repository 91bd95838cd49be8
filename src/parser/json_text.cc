#include "parser/json_text.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

using Kind = JsonValue::Kind;

// What nlohmann::json says behind "syntax error while parsing value - ", without the prose around.
std::string Reason(std::string_view message) {
  const size_t dash = message.find(" - ");
  if (dash != std::string_view::npos) message.remove_prefix(dash + 3);
  const size_t last_read = message.find("; last read:");
  std::string reason = EscapeUnprintable(message.substr(0, last_read));
  std::replace(reason.begin(), reason.end(), '\'', '`');
  return reason;
}

// Builds the tree from the parser's events, which come without positions: a cursor follows them
// through the text, whose tokens the parser has found to be well formed.
class TreeReader {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  TreeReader(std::string_view text, FileId file, const ParseLimits& limits, DiagnosticSink* sink)
      : text_(text), file_(file), limits_(limits), sink_(sink) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  std::unique_ptr<JsonValue> Take() { return std::move(root_); }

  bool null() { return Add({.kind = Kind::kNull, .range = Token()}); }
  bool boolean(bool value) {
    return Add({.kind = Kind::kBool, .range = Token(), .boolean = value});
  }
  bool number_integer(number_integer_t value) { return Number(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) { return Number(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t& /*spelling*/) { return Number(value); }
  bool string(string_t& value) {
    return Add({.kind = Kind::kString, .range = Token(), .text = std::move(value)});
  }
  bool binary(binary_t& /*value*/) { return false; }  // not in JSON text
  bool start_object(size_t /*count*/) { return Open(Kind::kObject); }
  bool start_array(size_t /*count*/) { return Open(Kind::kArray); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool key(string_t& value) {
    open_.back()->keys.push_back(std::move(value));
    open_.back()->key_ranges.push_back(Token());
    return true;
  }
  bool parse_error(size_t position, const std::string& /*last_token*/,
                   const nlohmann::json::exception& error) {
    // The last byte that was read, and what else is of its character.
    size_t end = std::min(position, text_.size());
    size_t begin = end == 0 ? 0 : end - 1;
    while (begin > 0 && IsContinuationByte(text_[begin])) --begin;
    while (end < text_.size() && IsContinuationByte(text_[end])) ++end;
    sink_->Add(DiagnosticKind::kMalformedJson,
               {file_, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)},
               {Reason(error.what())});
    return false;
  }

 private:
  bool Number(double value) {
    return Add({.kind = Kind::kNumber, .range = Token(), .number = value});
  }

  // The next token of the text.
  SourceRange Token() {
    at_ = text_.find_first_not_of(" \t\r\n,:", at_);
    const size_t begin = at_;
    if (text_[at_] == '"') {
      for (++at_; text_[at_] != '"'; ++at_) at_ += text_[at_] == '\\' ? 1 : 0;
      ++at_;
    } else if (std::string_view("{}[]").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    } else {
      at_ = std::min(text_.find_first_of(" \t\r\n,:{}[]\"", at_), text_.size());
    }
    return {file_, static_cast<uint32_t>(begin), static_cast<uint32_t>(at_)};
  }

  JsonValue* Place(JsonValue value) {
    if (open_.empty()) {
      root_ = std::make_unique<JsonValue>(std::move(value));
      return root_.get();
    }
    return &open_.back()->items.emplace_back(std::move(value));
  }

  bool TooMany(SourceRange range) {
    sink_->Add(DiagnosticKind::kTooManyTokens, range, {limits_.max_tokens});
    return false;
  }

  bool Add(JsonValue value) {
    if (++count_ > limits_.max_tokens) return TooMany(value.range);
    Place(std::move(value));
    return true;
  }

  bool Open(Kind kind) {
    const SourceRange range = Token();
    if (++count_ > limits_.max_tokens) return TooMany(range);
    // An operator is an object and a list.
    if (open_.size() >= 2 * static_cast<size_t>(limits_.max_depth)) {
      sink_->Add(DiagnosticKind::kNestedTooDeeply, range, {limits_.max_depth});
      return false;
    }
    // Nothing is added beside a value as long as it is open, so it stays where it is.
    open_.push_back(Place({.kind = kind, .range = range}));
    return true;
  }

  bool Close() {
    open_.back()->range.end = Token().end;
    open_.pop_back();
    return true;
  }

  const std::string_view text_;
  const FileId file_;
  const ParseLimits& limits_;
  DiagnosticSink* const sink_;
  size_t at_ = 0;
  size_t count_ = 0;
  std::unique_ptr<JsonValue> root_;
  std::vector<JsonValue*> open_;
};

// RFC 6901, section 3.
std::string Escaped(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~' || c == '/') {
      out += c == '~' ? "~0" : "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string_view JsonValue::Describe() const {
  switch (kind) {
    case Kind::kNull:
      return "`null`";
    case Kind::kBool:
      return boolean ? "`true`" : "`false`";
    case Kind::kNumber:
      return "a number";
    case Kind::kString:
      return "a text";
    case Kind::kArray:
      return "a list";
    case Kind::kObject:
      return keys.size() == 1 ? "an operator" : "an object";
  }
  return "";
}

std::unique_ptr<JsonValue> ReadJson(const SourceSet& sources, FileId file,
                                    const ParseLimits& limits, DiagnosticSink* sink) {
  const std::string_view text = sources.file(file).text();
  if (text.size() > limits.max_bytes) {
    sink->Add(DiagnosticKind::kTextTooLarge, {file, 0, 0}, {text.size(), limits.max_bytes});
    return nullptr;
  }
  TreeReader reader(text, file, limits, sink);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &reader)) return nullptr;
  return reader.Take();
}

std::string JsonPointerTo(const JsonValue& root, SourceRange range) {
  std::string pointer;
  const JsonValue* value = &root;
  while (true) {
    const JsonValue* inner = nullptr;
    for (size_t i = 0; i < value->items.size() && inner == nullptr; ++i) {
      const bool is_object = value->Is(Kind::kObject);
      const bool holds = value->items[i].range.Contains(range) ||
                         (is_object && value->key_ranges[i].Contains(range));
      if (!holds) continue;
      inner = &value->items[i];
      StrAppend(&pointer, "/", is_object ? Escaped(value->keys[i]) : StrCat(i));
    }
    if (inner == nullptr || !inner->range.Contains(range)) return pointer;
    value = inner;
  }
}

}  // namespace pql
