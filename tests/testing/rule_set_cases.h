// Compiled rule sets for tests, random ones among them.

#ifndef PQL_TESTS_TESTING_RULE_SET_CASES_H_
#define PQL_TESTS_TESTING_RULE_SET_CASES_H_

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "gtest/gtest.h"
#include "ruleset/rule_set.h"
#include "tests/testing/random_rule_set.h"

namespace pql::testing {

// Null, and a failure of the test, where they do not compile.
inline std::shared_ptr<const RuleSet> CompileSources(std::vector<SourceText> sources) {
  std::string all;
  for (const SourceText& source : sources) all += source.text;
  CompileResult result = CompileRuleSet("random", std::move(sources));
  EXPECT_TRUE(result.ok()) << (result.diagnostics.empty() ? "" : result.diagnostics[0].Message())
                           << "\n"
                           << all;
  return result.ok() ? result.rule_set : nullptr;
}

inline std::shared_ptr<const RuleSet> CompileSource(std::string source) {
  return CompileSources({{"random.pql", std::move(source)}});
}

// Calls `check(rule_set, source, random)` for so many random rule sets, times CasesFactor(), until
// something fails; prints the seed, and the source of the one that failed.
template <typename Check>
void ForRandomRuleSets(int count, const RandomRuleSetOptions& options, const Check& check) {
  const uint64_t seed = TestSeed();
  ::testing::Test::RecordProperty("seed", std::to_string(seed));
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  for (int i = 0; i < count * CasesFactor() && !::testing::Test::HasFailure(); ++i) {
    Random random(seed + static_cast<uint64_t>(i));
    SCOPED_TRACE(StrCat("case ", i, ", seed ", seed));
    const std::string source = RandomRuleSetSource(&random, options);
    const auto rule_set = CompileSource(source);
    ASSERT_NE(rule_set, nullptr);
    check(*rule_set, source, &random);
    if (::testing::Test::HasFailure()) std::printf("%s\n", source.c_str());
  }
}

}  // namespace pql::testing

#endif  // PQL_TESTS_TESTING_RULE_SET_CASES_H_
