// Testdata files of many cases:
//
//   # a comment at the top
//   ==== name of the case
//   input, any lines
//   --
//   what is expected
//
// With PQL_UPDATE_TESTDATA=1 the expectations are written anew.  Not thread-safe.

#ifndef TESTS_TESTING_GOLDEN_FILE_H_
#define TESTS_TESTING_GOLDEN_FILE_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace pql {

struct GoldenCase {
  std::string name;
  std::string input;     // ends with a line end
  std::string expected;  // likewise, or empty
};

// Runs every case of the file through `run`, which returns what it came to, and compares.
inline void RunGoldenFile(const std::string& path,
                          const std::function<std::string(const GoldenCase&)>& run) {
  std::ifstream in(path, std::ios::binary);
  ASSERT_TRUE(in) << "cannot read " << path;
  std::string head;
  std::vector<GoldenCase> cases;
  bool behind_separator = false;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("==== ", 0) == 0) {
      cases.push_back({line.substr(5), "", ""});
      behind_separator = false;
    } else if (cases.empty()) {
      head += line + "\n";
    } else if (line == "--" && !behind_separator) {
      behind_separator = true;
    } else {
      (behind_separator ? cases.back().expected : cases.back().input) += line + "\n";
    }
  }
  in.close();
  ASSERT_FALSE(cases.empty()) << path << " has no case";

  const bool updates = std::getenv("PQL_UPDATE_TESTDATA") != nullptr;
  std::string written = head;
  for (const GoldenCase& golden : cases) {
    SCOPED_TRACE(path + ": " + golden.name);
    std::string seen = run(golden);
    if (!seen.empty() && seen.back() != '\n') seen += '\n';
    // An empty line before the next case belongs to nobody.
    std::string expected = golden.expected;
    while (expected.size() > 1 && expected.ends_with("\n\n")) expected.pop_back();
    if (expected == "\n") expected.clear();
    while (seen.size() > 1 && seen.ends_with("\n\n")) seen.pop_back();
    if (!updates) {
      EXPECT_EQ(seen, expected);
    }
    written += "==== " + golden.name + "\n" + golden.input + "--\n" + seen + "\n";
  }
  if (!updates) return;
  while (written.ends_with("\n\n")) written.pop_back();
  std::ofstream(path, std::ios::binary) << written;
}

}  // namespace pql

#endif  // TESTS_TESTING_GOLDEN_FILE_H_
