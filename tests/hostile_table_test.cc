// The README's table of hostile input names, for each row, the files with its tests.  It is held to
// what is there: rows without a test, and tests that the table does not know, are failures.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace pql {
namespace {

constexpr int kRows = 26;

using FilesByRow = std::map<int, std::set<std::string>>;

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// "| 7 | ... | ... | `hostile_rule_text_test`, `parser/hostile_test` |": the last column, below
// tests/.
FilesByRow FilesOfTheTable(const std::string& readme) {
  FilesByRow files;
  static const std::regex kRow(R"(\n\| (\d+) \|[^\n]*\|([^|\n]*)\|(?=\n))");
  static const std::regex kName(R"(`([\w/]+)`)");
  const std::string heading = "### What hostile input gets";
  const size_t begin = readme.find(heading);
  if (begin == std::string::npos) return files;
  const std::string section =
      readme.substr(begin, readme.find("\n#", begin + heading.size()) - begin);
  for (std::sregex_iterator row(section.begin(), section.end(), kRow), end; row != end; ++row) {
    std::set<std::string>& names = files[std::stoi((*row)[1])];
    const std::string cell = (*row)[2];
    for (std::sregex_iterator name(cell.begin(), cell.end(), kName); name != end; ++name) {
      names.insert((*name)[1]);
    }
  }
  return files;
}

// The files with tests whose names begin with the row: TEST(HostileTable, Row07LiteralsOutOfRange).
FilesByRow FilesOfTheTests() {
  FilesByRow files;
  static const std::regex kTest(R"(\nTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))");
  const std::filesystem::path tests = PQL_SOURCE_DIR "/tests";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(tests)) {
    if (entry.path().extension() != ".cc") continue;
    const std::string text = ReadAll(entry.path());
    for (std::sregex_iterator test(text.begin(), text.end(), kTest), end; test != end; ++test) {
      const std::string name = (*test)[2];
      EXPECT_EQ(name.find("DISABLED"), std::string::npos) << entry.path() << ": " << name;
      static const std::regex kRowTest(R"(Row(\d\d)[A-Z]\w*)");
      std::smatch row;
      if (!std::regex_match(name, row, kRowTest)) continue;
      std::filesystem::path path = std::filesystem::relative(entry.path(), tests / "end_to_end");
      files[std::stoi(row[1])].insert(path.replace_extension().generic_string());
    }
  }
  return files;
}

TEST(HostileTableTest, EveryRowHasItsTestsAndEveryTestItsRow) {
  const FilesByRow table = FilesOfTheTable(ReadAll(PQL_SOURCE_DIR "/README.md"));
  const FilesByRow tests = FilesOfTheTests();
  EXPECT_EQ(table.size(), kRows);
  for (int row = 1; row <= kRows; ++row) {
    SCOPED_TRACE("row " + std::to_string(row));
    ASSERT_TRUE(table.contains(row)) << "not in the README's table";
    ASSERT_TRUE(tests.contains(row)) << "no test is named RowNN...";
    EXPECT_EQ(table.at(row), tests.at(row));
  }
}

}  // namespace
}  // namespace pql
