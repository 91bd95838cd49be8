// What tools/deploy tells people to run is understood by pqld, and finds its libraries.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "re2/re2.h"
#include "server/options.h"
#include "tests/testing/subprocess.h"

namespace pql {
namespace {

// What `pattern` takes out of a file.
std::vector<std::string> PartsOf(const std::string& file, const std::string& pattern) {
  const absl::StatusOr<std::string> text =
      ReadFile(std::string(PQL_SOURCE_DIR "/tools/deploy/") + file, 1 << 20);
  EXPECT_TRUE(text.ok()) << text.status();
  std::vector<std::string> parts;
  re2::StringPiece rest(*text);
  for (std::string part; RE2::FindAndConsume(&rest, pattern, &part);) parts.push_back(part);
  return parts;
}

TEST(DeployTest, TheContainersFlagsAreUnderstood) {
  const std::vector<std::string> flags = PartsOf("Containerfile", R"re("(--[^"]+)")re");
  ASSERT_THAT(flags, ::testing::SizeIs(4));
  EXPECT_TRUE(ParseOptions(flags).ok()) << ParseOptions(flags).status();
}

TEST(DeployTest, TheManifestsFlagsAreUnderstood) {
  const std::vector<std::string> flags = PartsOf("kubernetes.yaml", R"re((?m)^ +- (--.+)$)re");
  ASSERT_THAT(flags, ::testing::SizeIs(6));
  const absl::StatusOr<ParsedOptions> parsed = ParseOptions(flags);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->options.access_file, "/etc/pqld/access");
  EXPECT_EQ(parsed->options.metrics_address, "0.0.0.0:9464");
  EXPECT_EQ(parsed->options.store, "postgres:host=postgres dbname=pql user=pqld");
}

// The Debian packages of the libraries that programs load, but for those that each Debian has.
std::set<std::string> PackagesFor(const std::vector<std::string>& programs) {
  std::vector<std::string> headers = {"/usr/bin/objdump", "-p"};
  for (const std::string& program : programs) headers.push_back(PQL_BIN_DIR "/" + program);
  const Finished dump = RunProgram(headers);
  EXPECT_EQ(dump.exit, 0) << dump.err;
  std::set<std::string> libraries;
  re2::StringPiece rest(dump.out);
  for (std::string library; RE2::FindAndConsume(&rest, R"(NEEDED +(\S+))", &library);) {
    libraries.insert("*/" + library);
  }
  std::vector<std::string> search = {"/usr/bin/dpkg-query", "--search"};
  search.insert(search.end(), libraries.begin(), libraries.end());
  const Finished found = RunProgram(search);
  EXPECT_EQ(found.exit, 0) << found.err;
  std::set<std::string> packages;
  rest = found.out;
  for (std::string package; RE2::FindAndConsume(&rest, R"(([^:\n]+):.*\n)", &package);) {
    const bool always =
        RE2::FullMatch(package, R"(libc6.*|lib\w*gcc-s1|lib\w*stdc\+\+6|\w*zlib1g)");
    if (!always) packages.insert(package);
  }
  return packages;
}

TEST(DeployTest, TheImageHasTheLibrariesOfItsPrograms) {
#ifdef PQL_SANITIZED
  GTEST_SKIP() << "programs with sanitizers have their libraries too, which no image is for";
#endif
  const std::vector<std::string> installed = PartsOf("Containerfile", R"re([\s](lib[^\s]+))re");
  EXPECT_THAT(installed,
              ::testing::UnorderedElementsAreArray(PackagesFor({"pqld", "pql", "pql-remote"})));
}

}  // namespace
}  // namespace pql
