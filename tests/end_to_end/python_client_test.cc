// A client in Python, by Debian's grpcio: the examples of proto/README.md as they stand there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/end_to_end/server_process.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

using ::testing::HasSubstr;

class PythonClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<std::string> protoc = {
        "/usr/bin/protoc", "--proto_path=" PQL_SOURCE_DIR "/proto",
        "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin",
        "--python_out=" + generated_.path(), "--grpc_python_out=" + generated_.path()};
    for (const auto& file : std::filesystem::directory_iterator(PQL_SOURCE_DIR "/proto/pql/v1")) {
      if (file.path().extension() == ".proto") protoc.push_back(file.path().string());
    }
    const Finished finished = RunProgram(protoc);
    ASSERT_EQ(finished.exit, 0) << finished.err;
  }
  Finished Run(const std::string& rule_set = "") {
    std::vector<std::string> command = {"/usr/bin/python3",
                                        PQL_SOURCE_DIR "/tests/end_to_end/python/run_examples.py",
                                        server_.address(), generated_.path()};
    if (!rule_set.empty()) command.push_back(rule_set);
    return RunProgram(command);
  }

  const TempDirectory generated_;
  ServerProcess server_{PQL_SOURCE_DIR "/rules"};
};

TEST_F(PythonClientTest, TheExamplesRun) {
  const Finished finished = Run();
  ASSERT_EQ(finished.exit, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("'accountId': 'a1'"));  // of one account
  EXPECT_THAT(finished.out, HasSubstr("\n2 ["));              // of a stream
  EXPECT_THAT(finished.out, HasSubstr("slack_team ['a1']"));  // of columns
}

TEST_F(PythonClientTest, DetailsOfErrorsAreReadable) {
  const Finished finished = Run("slakc");
  ASSERT_EQ(finished.exit, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("NOT_FOUND "));
  EXPECT_THAT(finished.out, HasSubstr("'domain': 'pql'"));
}

}  // namespace
}  // namespace pql
