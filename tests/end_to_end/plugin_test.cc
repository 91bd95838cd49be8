// Functions from shared objects, in the server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/end_to_end/server_process.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string PluginFlag(const std::string& name) {
  return "--plugin=" PQL_BIN_DIR "/../plugins/" + name + ".so";
}

TEST(PluginTest, AFunctionThatThrowsTakesNothingDown) {
  const TempDirectory rules;
  rules.Write("acme/rules.pql",
              "metric messages: number\n"
              "rule well { when misbehave(messages) == 1 }\n"
              "rule other { when messages >= 0 }\n");
  ServerProcess server(rules.path(), {PluginFlag("broken_misbehaves")});
  EXPECT_EQ(server.LogField("plug-in loaded", "plugin"), "broken");
  EXPECT_THAT(server.Qualifies("ruleSets/acme", 0), ElementsAre("other", "well"));
  for (int how = 1; how <= 15; ++how) {
    EXPECT_THAT(server.Qualifies("ruleSets/acme", how), ElementsAre("other")) << how;
  }
  EXPECT_THAT(server.Qualifies("ruleSets/acme", 0), ElementsAre("other", "well"));

  const std::string fault =
      "plug-in fault; its result counts as missing, and further ones are only counted";
  EXPECT_EQ(server.CountLog(fault), 1);
  EXPECT_EQ(server.LogField(fault, "plugin"), "broken");
  EXPECT_EQ(server.LogField(fault, "function"), "misbehave");
  EXPECT_THAT(server.LogField(fault, "problem"), HasSubstr("threw an exception: the table is"));
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(), 0);
  EXPECT_EQ(server.LogField("stopped", "plugin_faults"), "15");
}

TEST(PluginTest, APluginThatIsNoGoodKeepsTheServerFromStarting) {
  const TempDirectory rules;
  Subprocess server({Program("pqld"), "--rules=" + rules.path(), "--store=memory",
                     "--listen=localhost:0", PluginFlag("broken_wrong_version")});
  EXPECT_EQ(server.Wait(), 2);
  EXPECT_THAT(server.Err(), HasSubstr("broken_wrong_version.so: is made for version 2"));
  EXPECT_THAT(server.Out(), IsEmpty());
}

}  // namespace
}  // namespace pql
