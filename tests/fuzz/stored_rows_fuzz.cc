// A rule store's SQLite file as whoever can write to it may have left it: it is refused, or every
// revision that is read is one that a store writes, and changes go on from there.
//
// Input: lines, each a change of a file with two revisions.
//   revision.cause int -5       this value in every row; also `text` and `blob`, to the line's end
//   bytes 4096 ...              these bytes, to the line's end, at this place of the file

#include <sqlite3.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "base/clock.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "store/sqlite_rule_store.h"
#include "tests/fuzz/messages.h"

namespace pql {
namespace {

using fuzz::Require;

constexpr const char* kColumns[] = {"rule_set.id",
                                    "rule_set.latest",
                                    "revision.rule_set",
                                    "revision.number",
                                    "revision.digest",
                                    "revision.create_time",
                                    "revision.cause",
                                    "revision.author",
                                    "revision.peer",
                                    "revision.comment",
                                    "revision.rolled_back_to",
                                    "rule_change.rule_set",
                                    "rule_change.number",
                                    "rule_change.rule",
                                    "rule_change.kind",
                                    "rule_change.old_source",
                                    "rule_change.new_source",
                                    "rule_change.changed_fields",
                                    "source_text.hash",
                                    "source_text.text",
                                    "source_span.rule_set",
                                    "source_span.path",
                                    "source_span.api_managed",
                                    "source_span.first",
                                    "source_span.until",
                                    "source_span.language",
                                    "source_span.hash",
                                    "request.author",
                                    "request.id",
                                    "request.fingerprint",
                                    "request.response",
                                    "request.create_time"};

NewRevision MakeRevision(int64_t parent) {
  NewRevision revision;
  revision.record = {.rule_set = "slack",
                     .digest = StrCat("digest ", parent),
                     .create_time = absl::FromUnixSeconds(1'780'000'000 + parent % 1000),
                     .cause = RevisionCause::kApply,
                     .author = "ann@example.com",
                     .peer = "192.0.2.7:50312",
                     .comment = "a comment"};
  revision.record.changes = {{"team", RuleChangeKind::kModified, "old", "new", {"when", "title"}},
                             {"trial", RuleChangeKind::kAdded, "", "new"}};
  revision.sources = {{"metrics.pql", "metric n: number\n", "pql", false},
                      {"rules.pql", StrCat("rule r { when n > ", parent, " }\n"), "pql", true}};
  revision.parent = parent;
  revision.request = StoredRequest{"ann@example.com", StrCat("request ", parent), "body", "answer"};
  return revision;
}

class StandingClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1'780'000'100); }
};

// A directory that is there until the process ends, with the file of a store.
class StoreFile {
 public:
  StoreFile() {
    std::string path = (std::filesystem::temp_directory_path() / "pql_fuzz_XXXXXX").string();
    Require(::mkdtemp(path.data()) != nullptr, "a directory can be made", path);
    directory_ = path;
    {
      const auto store = Open();
      Require(store.ok(), "a store can be made");
      for (int64_t parent = 0; parent < 2; ++parent) {
        Require((*store)->Commit(MakeRevision(parent)).ok(), "a store takes revisions");
      }
    }
    Execute("PRAGMA journal_mode = DELETE");  // one file instead of three
    std::ifstream in(Path(), std::ios::binary);
    content_.assign(std::istreambuf_iterator<char>(in), {});
    Require(!content_.empty(), "the file of a store can be read");
  }
  ~StoreFile() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  StoreFile(const StoreFile&) = delete;
  StoreFile& operator=(const StoreFile&) = delete;

  // As it was at first.
  void Reset() const {
    for (const char* suffix : {"-wal", "-shm", "-journal"}) {
      std::filesystem::remove(Path() + suffix);
    }
    Write(0, content_, std::ios::trunc);
  }
  void Overwrite(size_t place, std::string_view bytes) const {
    const size_t at = place % content_.size();
    Write(at, bytes.substr(0, content_.size() - at), std::ios::in);
  }
  // `value` is the parameter `?1`; errors are nothing: a table may refuse a value.
  void Execute(const std::string& sql, std::string_view type = "",
               std::string_view value = "") const {
    sqlite3* database = nullptr;
    sqlite3_stmt* statement = nullptr;
    int64_t number = 0;
    if (sqlite3_open(Path().c_str(), &database) == SQLITE_OK &&
        sqlite3_exec(database, "PRAGMA synchronous = OFF", nullptr, nullptr, nullptr) ==
            SQLITE_OK &&
        sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK) {
      const auto size = static_cast<int>(value.size());
      if (type == "int" && absl::SimpleAtoi(ToAbsl(value), &number)) {
        sqlite3_bind_int64(statement, 1, number);
      } else if (type == "text") {
        sqlite3_bind_text(statement, 1, value.data(), size, SQLITE_STATIC);
      } else if (type == "blob") {
        sqlite3_bind_blob(statement, 1, value.data(), size, SQLITE_STATIC);
      }
      sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
  }
  absl::StatusOr<std::unique_ptr<SqliteRuleStore>> Open() const {
    return SqliteRuleStore::Open(Path(), &clock_, absl::Hours(25));
  }

 private:
  std::string Path() const { return (directory_ / "rules.db").string(); }
  void Write(size_t place, std::string_view bytes, std::ios::openmode mode) const {
    std::ofstream out(Path(), std::ios::binary | std::ios::out | mode);
    out.seekp(static_cast<std::streamoff>(place));
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    Require(out.flush().good(), "the file can be written to");
  }

  const StandingClock clock_;
  std::filesystem::path directory_;
  std::string content_;
};

std::string_view NextWord(std::string_view* line) {
  const size_t end = std::min(line->find(' '), line->size());
  const std::string_view word = line->substr(0, end);
  line->remove_prefix(std::min(end + 1, line->size()));
  return word;
}

void Change(const StoreFile& file, std::string_view line) {
  const std::string_view what = NextWord(&line);
  if (what == "bytes") {
    size_t place = 0;
    if (absl::SimpleAtoi(ToAbsl(NextWord(&line)), &place)) file.Overwrite(place, line);
    return;
  }
  if (std::find(std::begin(kColumns), std::end(kColumns), what) == std::end(kColumns)) return;
  const size_t dot = what.find('.');
  const std::string_view type = NextWord(&line);
  file.Execute(
      StrCat("UPDATE OR IGNORE ", what.substr(0, dot), " SET ", what.substr(dot + 1), " = ?1"),
      type, line);
}

void RequireText(std::string_view text) {
  Require(!FindInvalidUtf8(text) && text.find('\0') == std::string_view::npos,
          "texts are valid UTF-8", text);
}

void RequireGood(const RevisionCause cause) {
  Require(RevisionCause::kFiles <= cause && cause <= RevisionCause::kRollback,
          "a cause is one that there is");
}

void RequireGood(const StoredRuleChange& change) {
  RequireText(change.rule);
  for (const std::string& field : change.changed_fields) RequireText(field);
  Require(
      RuleChangeKind::kAdded <= change.kind && change.kind <= RuleChangeKind::kDependencyModified,
      "a kind is one that there is");
}

void RequireGood(const StoredRevision& revision) {
  const RevisionRecord& record = revision.record;
  Require(revision.number > 0 && revision.parent == revision.number - 1, "revisions count up");
  for (const std::string& text :
       {record.rule_set, record.digest, record.author, record.peer, record.comment}) {
    RequireText(text);
  }
  RequireGood(record.cause);
  const int64_t micros = absl::ToUnixMicros(record.create_time);
  Require(kMinTimestampMicros <= micros && micros <= kMaxTimestampMicros, "times can be told");
  Require(record.rolled_back_to >= 0, "revisions count from 1");
  for (const StoredRuleChange& change : record.changes) RequireGood(change);
  for (const StoredSource& source : revision.sources) {
    RequireText(source.path);
    RequireText(source.language);
  }
}

// Whether there is a value; else why not is good to show.
template <typename T>
bool IsThere(const absl::StatusOr<T>& value) {
  if (!value.ok()) fuzz::RequireGoodMessage(value.status());
  return value.ok();
}

void ReadRuleSet(SqliteRuleStore* store, const std::string& rule_set, int64_t latest) {
  for (const int64_t number : {int64_t{1}, int64_t{2}, latest}) {
    const auto revision = store->ReadRevision(rule_set, number);
    if (IsThere(revision)) RequireGood(*revision);
    const auto origins = store->ReadRuleOrigins(rule_set, number);
    if (!IsThere(origins)) continue;
    for (const auto& [rule, origin] : *origins) {
      RequireText(rule);
      RequireText(origin.author);
      RequireGood(origin.cause);
      Require(origin.revision > 0, "revisions count from 1");
    }
  }
  if (const auto last = store->ReadLatest(rule_set); IsThere(last)) RequireGood(*last);
  if (const auto page = store->ListRevisions({.rule_set = rule_set}); IsThere(page)) {
    for (const StoredRevision& revision : page->revisions) RequireGood(revision);
  }
}

void ChangeRuleSet(SqliteRuleStore* store, int64_t latest) {
  NewRevision next = MakeRevision(latest);
  next.keeps_others = true;
  const auto result = store->Commit(next);
  if (!IsThere(result) || result->replayed) return;
  Require(result->number == latest + 1, "a revision has the next number");
  const auto read = store->ReadLatest("slack");
  // What it kept of the one before may be no good.
  if (!IsThere(read)) return;
  RequireGood(*read);
  Require(read->record == next.record, "what was written is read");
}

void UseStore(const StoreFile& file) {
  const auto store = file.Open();
  if (!IsThere(store)) return;
  const auto request = (*store)->FindRequest("ann@example.com", "request 1");
  (void)IsThere(request);
  const auto latest = (*store)->ReadLatestNumbers();
  if (!IsThere(latest)) return;
  for (const auto& [rule_set, number] : *latest) {
    RequireText(rule_set);
    Require(number > 0, "revisions count from 1");
    ReadRuleSet(store->get(), rule_set, number);
  }
  const auto slack = latest->find("slack");
  ChangeRuleSet(store->get(), slack == latest->end() ? 0 : slack->second);
}

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const pql::StoreFile file;
  const std::string text = pql::fuzz::TextOf(data, size);
  file.Reset();
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) pql::Change(file, line);
  pql::UseStore(file);
  return 0;
}
