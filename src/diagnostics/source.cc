#include "diagnostics/source.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/sha256.h"
#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

// Code points begun in `bytes`, which may be no UTF-8: a byte that belongs to none counts as one.
int CountColumns(std::string_view bytes) {
  int columns = 0;
  while (!bytes.empty()) {
    const size_t valid = std::min(FindInvalidUtf8(bytes).value_or(bytes.size()), bytes.size());
    columns += static_cast<int>(CountCodePoints(bytes.substr(0, valid)));
    if (valid == bytes.size()) break;
    ++columns;
    bytes.remove_prefix(valid + 1);
  }
  return columns;
}

// The start of the well-formed code point that `offset` is inside of, else `offset`.
size_t StartOfCodePoint(std::string_view text, size_t offset) {
  if (offset >= text.size() || !IsContinuationByte(text[offset])) return offset;
  for (size_t back = 1; back <= 3 && back <= offset; ++back) {
    const size_t start = offset - back;
    if (IsContinuationByte(text[start])) continue;
    const std::string_view sequence = text.substr(start, 4);
    size_t length = 0;
    if (FindInvalidUtf8(sequence) != size_t{0}) DecodeUtf8(sequence, &length);
    return back < length ? start : offset;
  }
  return offset;
}

}  // namespace

SourceFile::SourceFile(std::string name, std::string text)
    : name_(std::move(name)),
      text_(std::move(text)),
      // The length of the name says where it ends.
      digest_(Sha256(StrCat(name_.size(), ":", name_, text_))) {
  line_begins_.push_back(0);
  for (size_t i = 0; i < text_.size(); ++i) {
    // A line ends with LF, CR LF or a lone CR.
    const bool ends =
        text_[i] == '\n' || (text_[i] == '\r' && (i + 1 == text_.size() || text_[i + 1] != '\n'));
    if (ends) line_begins_.push_back(i + 1);
  }
}

LineColumn SourceFile::Locate(size_t offset) const {
  assert(offset <= text_.size());
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(line_begins_.begin(), line_begins_.end(), offset);
  const size_t line = static_cast<size_t>(after - line_begins_.begin());
  const size_t begin = line_begins_[line - 1];
  return {static_cast<int>(line),
          1 + CountColumns(text().substr(begin, StartOfCodePoint(text_, offset) - begin))};
}

std::string_view SourceFile::Line(int line) const {
  assert(1 <= line && line <= line_count());
  const size_t begin = LineBegin(line);
  const size_t end = line == line_count() ? text_.size() : LineBegin(line + 1);
  std::string_view content = text().substr(begin, end - begin);
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) {
    content.remove_suffix(1);
  }
  return content;
}

FileId SourceSet::AddFile(std::string name, std::string text) {
  return AddFile(std::make_shared<const SourceFile>(std::move(name), std::move(text)));
}

FileId SourceSet::AddFile(std::shared_ptr<const SourceFile> file) {
  files_.handles().push_back(std::move(file));
  return static_cast<FileId>(files_.size() - 1);
}

void SourceSet::ReplaceFile(FileId id, std::shared_ptr<const SourceFile> file) {
  files_.handles()[id] = std::move(file);
}

void SourceSet::RemoveFile(FileId id) {
  ReplaceFile(id, std::make_shared<const SourceFile>("", ""));
}

}  // namespace pql
