// The command line from end to end: testdata/tools/*.txt, run with the built `pql` in a copy of
// testdata/tools/work.  In a case, a line `$ COMMAND` is run by the shell, the lines `< TEXT` are
// its standard input; expected are, for each command, its exit status, what it printed and, behind
// `stderr:`, what it complained about.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/strings.h"
#include "tests/testing/golden_file.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class CommandLineTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("PATH", StrCat(PQL_BIN_DIR, ":", std::getenv("PATH")).c_str(), 1);
    setenv("PLUGINS", PQL_BIN_DIR "/../plugins", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("NO_COLOR");
  }

  // Runs the commands of a case in a directory of their own.
  static std::string RunCase(const GoldenCase& golden) {
    const TempDirectory directory;
    const std::string work = directory.Path("work");
    std::filesystem::copy(StrCat(PQL_TESTDATA_DIR, "/tools/work"), work,
                          std::filesystem::copy_options::recursive);
    std::string input;
    std::istringstream lines(golden.input);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("< ")) input += line.substr(2) + "\n";
    }
    directory.Write("stdin", input);
    std::string seen;
    lines = std::istringstream(golden.input);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("$ ")) seen += RunCommand(line.substr(2), directory);
    }
    return seen;
  }

 private:
  static std::string RunCommand(const std::string& command, const TempDirectory& directory) {
    const std::string shell =
        StrCat("cd ", directory.Path("work"), " && { ", command, "\n} < ", directory.Path("stdin"),
               " > ", directory.Path("out"), " 2> ", directory.Path("err"));
    const int status = std::system(shell.c_str());
    std::string seen = StrCat("exit ", WIFEXITED(status) ? WEXITSTATUS(status) : -1, "\n",
                              ReadText(directory.Path("out")));
    const std::string errors = ReadText(directory.Path("err"));
    if (!errors.empty()) StrAppend(&seen, "stderr:\n", errors);
    return seen;
  }
};

std::string TestData(const std::string& name) { return StrCat(PQL_TESTDATA_DIR, "/tools/", name); }

TEST_F(CommandLineTest, Eval) { RunGoldenFile(TestData("eval.txt"), RunCase); }
TEST_F(CommandLineTest, Explain) { RunGoldenFile(TestData("explain.txt"), RunCase); }
TEST_F(CommandLineTest, LintAndTest) { RunGoldenFile(TestData("lint.txt"), RunCase); }
TEST_F(CommandLineTest, TestReports) { RunGoldenFile(TestData("test.txt"), RunCase); }
TEST_F(CommandLineTest, Fmt) { RunGoldenFile(TestData("fmt.txt"), RunCase); }
TEST_F(CommandLineTest, Plugin) { RunGoldenFile(TestData("plugin.txt"), RunCase); }
TEST_F(CommandLineTest, JsonLogic) { RunGoldenFile(TestData("jsonlogic.txt"), RunCase); }
TEST_F(CommandLineTest, Diff) { RunGoldenFile(TestData("diff.txt"), RunCase); }
TEST_F(CommandLineTest, Frame) { RunGoldenFile(TestData("frame.txt"), RunCase); }
TEST_F(CommandLineTest, Repl) { RunGoldenFile(TestData("repl.txt"), RunCase); }
TEST_F(CommandLineTest, Completion) { RunGoldenFile(TestData("completion.txt"), RunCase); }
TEST_F(CommandLineTest, Schema) { RunGoldenFile(TestData("schema.txt"), RunCase); }

// tools/pql/remote_commands.h: linting, testing and evaluating offline need no gRPC.
TEST_F(CommandLineTest, LinksNoGrpc) {
  const TempDirectory directory;
  const std::string out = directory.Path("libraries");
  ASSERT_EQ(std::system(StrCat("ldd ", PQL_BIN_DIR, "/pql > ", out).c_str()), 0);
  const std::string libraries = ReadText(out);
  EXPECT_NE(libraries.find("libc.so"), std::string::npos) << libraries;
  for (const char* library : {"grpc", "protobuf", "sqlite", "libpq"}) {
    EXPECT_EQ(libraries.find(library), std::string::npos) << libraries;
  }
}

}  // namespace
}  // namespace pql
