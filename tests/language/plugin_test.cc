// Functions from shared objects: the example of tools/, and plug-ins that are wrong in every way
// that the interface can see (plugins/broken_plugin.cc).

#include "language/plugin.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const char* const kExample = PQL_PLUGIN_DIR "/crm_functions.so";

std::string Broken(const std::string& kind) {
  return StrCat(PQL_PLUGIN_DIR, "/broken_", kind, ".so");
}

std::shared_ptr<PluginFaults> Ignored() {
  return std::make_shared<PluginFaults>([](const PluginFault&) {});
}

Value Call(const FunctionRegistry& functions, std::string_view name, std::vector<Value> arguments) {
  return functions.Find(name)->body(arguments);
}

TEST(PluginTest, TheExampleAddsItsFunctionsToTheBuiltInOnes) {
  const std::string paths[] = {kExample};
  const absl::StatusOr<PluginFunctions> loaded = LoadPlugins(paths, Ignored());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_EQ(loaded->plugins.size(), 1U);
  EXPECT_EQ(loaded->plugins[0].name, "crm functions");
  EXPECT_EQ(loaded->plugins[0].version, "1.0.0");
  EXPECT_THAT(loaded->plugins[0].functions, ElementsAre("email_domain", "business_days"));

  const FunctionRegistry& functions = *loaded->functions;
  EXPECT_NE(functions.Find("abs"), nullptr);
  const FunctionDefinition& domain = *functions.Find("email_domain");
  EXPECT_EQ(domain.family, "crm functions");
  EXPECT_TRUE(domain.deterministic);
  EXPECT_THAT(domain.SignatureTexts(), ElementsAre("email_domain(address: string) -> string"));
  EXPECT_EQ(domain.example, "email_domain(\"Ada@EXAMPLE.com\")");
  EXPECT_EQ(domain.example_result, "\"example.com\"");
  EXPECT_EQ(functions.Find("business_days")->example, "business_days(2026-02-27, 2026-03-04)");

  EXPECT_EQ(Call(functions, "email_domain", {Value::String("a@b@Größe.DE")}),
            Value::String("größe.de"));
  for (const char* text : {"", "nobody", "ada@"}) {
    EXPECT_TRUE(Call(functions, "email_domain", {Value::String(text)}).IsMissing()) << text;
  }
}

TEST(PluginTest, BusinessDaysCountsMondayToFriday) {
  const std::string paths[] = {kExample};
  const absl::StatusOr<PluginFunctions> loaded = LoadPlugins(paths, Ignored());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  constexpr int64_t kDay = 86'400'000'000;
  for (int64_t from = -30; from < 30; ++from) {
    int64_t expected = 0;
    for (int64_t to = from; to < from + 30; ++to) {
      const Value seen = Call(*loaded->functions, "business_days",
                              {Value::Time({from * kDay + 1}), Value::Time({(to + 1) * kDay - 1})});
      ASSERT_EQ(seen, Value::Number(static_cast<double>(expected))) << from << " to " << to;
      const int64_t weekday = ((to + 3) % 7 + 7) % 7;  // 0 is Monday
      if (weekday < 5) ++expected;
    }
  }
}

TEST(PluginTest, WithoutPluginsTheFunctionsAreTheBuiltInOnes) {
  EXPECT_EQ(LoadPlugins({}, Ignored())->functions, FunctionRegistry::Builtin());
}

struct BrokenCase {
  const char* kind;
  const char* problem;
};

TEST(PluginTest, RefusesWhatIsWrongAtLoadAndNamesTheFile) {
  const BrokenCase cases[] = {
      {"no_symbol", "is no plug-in: it exports no symbol `pql_plugin_entry`"},
      {"wrong_version",
       "is made for version 2 of the plug-in interface, this program has version 1"},
      {"null_plugin", "`pql_plugin_entry` returned null"},
      {"throwing_entry", "`pql_plugin_entry` threw an exception: no licence"},
      {"null_functions", "its functions are null"},
      {"no_functions", "it has no functions"},
      {"null_name", "function 1: its name is null"},
      {"reserved_name", "function `and`: the name is malformed or reserved"},
      {"taken_name", "function `abs` is registered already"},
      {"null_doc", "function `twice`: its documentation is null"},
      {"null_body", "function `twice`: its body is null"},
      {"unknown_type", "function `twice`: its signature has a type 99, which does not exist"},
      {"unnamed_parameter", "function `twice`: a parameter has no name"},
      {"unknown_flag", "function `twice`: it has a flag that does not exist"},
      {"example_does_not_fit", "function `twice`: its example fits none of its signatures"},
      {"example_lies", "function `twice`: its example `twice(2)` returned 4, but it says 5"},
      {"example_throws", "function `twice`: its example `twice(2)` threw an exception: not today"},
      {"not_deterministic", "function `twice`: its example `twice(2)` returned 5, but it says 4"},
  };
  for (const BrokenCase& each : cases) {
    const std::string path = Broken(each.kind);
    const std::string paths[] = {kExample, path};
    const absl::Status status = LoadPlugins(paths, Ignored()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << each.kind;
    EXPECT_THAT(std::string(status.message()), HasSubstr(StrCat("plug-in ", path, ": ")));
    EXPECT_THAT(std::string(status.message()), HasSubstr(each.problem));
  }
}

TEST(PluginTest, RefusesWhatIsNoSharedObject) {
  for (const std::string path :
       {"/no/such/file.so", "libc.so.6", PQL_SOURCE_DIR "/CMakeLists.txt"}) {
    const std::string paths[] = {path};
    const absl::Status status = LoadPlugins(paths, Ignored()).status();
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(StrCat("plug-in ", path, ": cannot be loaded: ")));
  }
}

TEST(PluginTest, APluginIsLoadedOnce) {
  const std::string paths[] = {kExample, kExample};
  EXPECT_THAT(std::string(LoadPlugins(paths, Ignored()).status().message()),
              HasSubstr("function `email_domain` is registered already"));
}

// A function whose argument says what it does wrong, and what was reported.
class Misbehaving {
 public:
  Misbehaving()
      : faults_(std::make_shared<PluginFaults>(
            [this](const PluginFault& fault) { reported_.push_back(fault.Message()); })) {
    const std::string paths[] = {Broken("misbehaves")};
    absl::StatusOr<PluginFunctions> loaded = LoadPlugins(paths, faults_);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    if (loaded.ok()) functions_ = loaded->functions;
  }
  Misbehaving(const Misbehaving&) = delete;
  Misbehaving& operator=(const Misbehaving&) = delete;

  Value Misbehave(double how) const { return Call(*functions_, "misbehave", {Value::Number(how)}); }
  const std::vector<std::string>& reported() const { return reported_; }
  uint64_t fault_count() const { return faults_->count(); }

 private:
  std::vector<std::string> reported_;
  std::shared_ptr<PluginFaults> faults_;
  std::shared_ptr<const FunctionRegistry> functions_;
};

TEST(MisbehavingPluginTest, GoodAnswersAndMissingOnesAreNoFaults) {
  const Misbehaving plugin;
  EXPECT_EQ(plugin.Misbehave(0), Value::Number(1));
  EXPECT_TRUE(plugin.Misbehave(99).IsMissing());
  EXPECT_EQ(plugin.fault_count(), 0U);
}

TEST(MisbehavingPluginTest, AFaultMakesTheResultMissingAndSaysWho) {
  const struct {
    int how;
    const char* problem;
  } cases[] = {
      {1, "threw an exception: the table is <U+001B>[31mgone"},
      {2, "threw an exception"},
      {3, "returned string, where its signature says number"},
      {4, "returned a number that is not finite"},
      {5, "returned a text of 2097152 bytes, more than 1048576"},
      {6, "failed: no connection"},
      {7, "returned nothing"},
      {8, "returned 2 results"},
      {9, "returned a text that is null"},
      {10, "returned a text that is not UTF-8"},
      {11, "returned a timestamp outside of the years 1 to 9999"},
      {12, "returned a list with a number that is not finite"},
      {13, "returned a list that is null"},
      {14, "more than 100000"},
      {15, "threw an exception: after all"},
  };
  for (const auto& each : cases) {
    const Misbehaving plugin;
    EXPECT_TRUE(plugin.Misbehave(each.how).IsMissing()) << each.problem;
    ASSERT_EQ(plugin.reported().size(), 1U) << each.problem;
    EXPECT_THAT(plugin.reported()[0], HasSubstr("plug-in `broken` ("));
    EXPECT_THAT(plugin.reported()[0], HasSubstr("function `misbehave` "));
    EXPECT_THAT(plugin.reported()[0], HasSubstr(each.problem));
  }
}

TEST(MisbehavingPluginTest, TellsTheFirstFaultOfAFunctionAndCountsAllFromAllThreads) {
  const Misbehaving plugin;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&plugin] {
      for (int call = 0; call < 150; ++call) {
        EXPECT_TRUE(plugin.Misbehave(1 + call % 15).IsMissing());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(plugin.fault_count(), 600U);
  EXPECT_EQ(plugin.reported().size(), 1U);
}

}  // namespace
}  // namespace pql
