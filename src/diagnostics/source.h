// Source texts and byte ranges in them.
//
// A SourceSet owns the texts of one rule set; every range names its file by number.  Lines and
// columns are computed only when something is rendered.  Immutable after the last AddFile, then
// thread-safe.

#ifndef PQL_DIAGNOSTICS_SOURCE_H_
#define PQL_DIAGNOSTICS_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/shared_list.h"

namespace pql {

using FileId = uint32_t;

// Bytes [begin, end) of a file.
struct SourceRange {
  FileId file = 0;
  uint32_t begin = 0;
  uint32_t end = 0;

  // The smallest range that holds both.  REQUIRES: the same file.
  SourceRange To(SourceRange last) const { return {file, begin, last.end}; }
  bool Contains(SourceRange other) const {
    return file == other.file && begin <= other.begin && other.end <= end;
  }
  friend bool operator==(const SourceRange&, const SourceRange&) = default;
  friend auto operator<=>(const SourceRange&, const SourceRange&) = default;  // NOLINT: false alarm
};

// Where an offset is for a person: both count from 1; the column counts code points.
struct LineColumn {
  int line = 1;
  int column = 1;
};

class SourceFile {
 public:
  // `text` may be any bytes; what is wrong with them is the parser's finding.
  SourceFile(std::string name, std::string text);

  // As shown to people: a path relative to where the tool was started, or `<condition>`.
  const std::string& name() const { return name_; }
  // SHA-256 over name and text, so that no two files of another name or text have the same.
  const std::string& digest() const { return digest_; }
  std::string_view text() const { return text_; }

  // REQUIRES: offset <= text().size().
  LineColumn Locate(size_t offset) const;
  // The text of a line (from 1) without its line end.  REQUIRES: 1 <= line <= line_count().
  std::string_view Line(int line) const;
  size_t LineBegin(int line) const { return line_begins_[static_cast<size_t>(line) - 1]; }
  int line_count() const { return static_cast<int>(line_begins_.size()); }

 private:
  std::string name_;
  std::string text_;
  std::string digest_;  // 32 bytes
  std::vector<size_t> line_begins_;
};

// Copies share the files.
class SourceSet {
 public:
  FileId AddFile(std::string name, std::string text);
  FileId AddFile(std::shared_ptr<const SourceFile> file);
  // The file gets another text, or goes: then its place stays, without name and text.
  void ReplaceFile(FileId id, std::shared_ptr<const SourceFile> file);
  void RemoveFile(FileId id);

  const SourceFile& file(FileId id) const { return files_[id]; }
  const std::shared_ptr<const SourceFile>& handle(FileId id) const { return files_.handles()[id]; }
  size_t size() const { return files_.size(); }
  // REQUIRES: the range lies within its file.
  std::string_view Text(SourceRange range) const {
    return files_[range.file].text().substr(range.begin, range.end - range.begin);
  }

 private:
  SharedList<SourceFile> files_;  // references stay valid
};

}  // namespace pql

#endif  // PQL_DIAGNOSTICS_SOURCE_H_
