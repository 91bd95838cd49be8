// What tools/deploy tells people to run is understood by pqld.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/file_system.h"
#include "re2/re2.h"
#include "server/options.h"

namespace pql {
namespace {

// The flags in a file: what `pattern` takes out of it.
std::vector<std::string> FlagsIn(const std::string& file, const std::string& pattern) {
  const absl::StatusOr<std::string> text =
      ReadFile(std::string(PQL_SOURCE_DIR "/tools/deploy/") + file, 1 << 20);
  EXPECT_TRUE(text.ok()) << text.status();
  std::vector<std::string> flags;
  re2::StringPiece rest(*text);
  for (std::string flag; RE2::FindAndConsume(&rest, pattern, &flag);) flags.push_back(flag);
  return flags;
}

TEST(DeployTest, TheContainersFlagsAreUnderstood) {
  const std::vector<std::string> flags = FlagsIn("Containerfile", R"re("(--[^"]+)")re");
  ASSERT_THAT(flags, ::testing::SizeIs(4));
  EXPECT_TRUE(ParseOptions(flags).ok()) << ParseOptions(flags).status();
}

TEST(DeployTest, TheManifestsFlagsAreUnderstood) {
  const std::vector<std::string> flags = FlagsIn("kubernetes.yaml", R"re((?m)^ +- (--.+)$)re");
  ASSERT_THAT(flags, ::testing::SizeIs(6));
  const absl::StatusOr<ParsedOptions> parsed = ParseOptions(flags);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->options.access_file, "/etc/pqld/access");
  EXPECT_EQ(parsed->options.metrics_address, "0.0.0.0:9464");
  EXPECT_EQ(parsed->options.store, "postgres:host=postgres dbname=pql user=pqld");
}

}  // namespace
}  // namespace pql
