// A directory for the files of one test, removed with everything in it.  Not thread-safe.

#ifndef TESTS_TESTING_TEMP_DIRECTORY_H_
#define TESTS_TESTING_TEMP_DIRECTORY_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace pql {

class TempDirectory {
 public:
  TempDirectory() : path_(::testing::TempDir() + "pql_test_XXXXXX") {
    EXPECT_NE(::mkdtemp(path_.data()), nullptr);
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string Path(std::string_view relative) const { return path_ + "/" + std::string(relative); }
  // Writes a file, making the directories above it.
  void Write(std::string_view relative, std::string_view content) const {
    const std::filesystem::path path = Path(relative);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << content;
    EXPECT_TRUE(out.flush().good()) << path;
  }

 private:
  std::string path_;
};

}  // namespace pql

#endif  // TESTS_TESTING_TEMP_DIRECTORY_H_
