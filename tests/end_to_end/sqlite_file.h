// A second hold on the SQLite file of a rule store, beside the server's.  Not thread-safe.

#ifndef TESTS_END_TO_END_SQLITE_FILE_H_
#define TESTS_END_TO_END_SQLITE_FILE_H_

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>

namespace pql {

class SqliteFile {
 public:
  explicit SqliteFile(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &handle_), SQLITE_OK);
  }
  ~SqliteFile() { sqlite3_close(handle_); }
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;

  // Runs SQL; the first column of its last row, "" when there is none.
  std::string Execute(const std::string& sql) {
    std::string value;
    const auto keep = [](void* out, int, char** columns, char**) {
      if (columns[0] != nullptr) *static_cast<std::string*>(out) = columns[0];
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(handle_, sql.c_str(), keep, &value, nullptr), SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(handle_);
    return value;
  }

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace pql

#endif  // TESTS_END_TO_END_SQLITE_FILE_H_
