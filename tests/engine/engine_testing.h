// Rule sets and a clock for the tests of the engine.

#ifndef TESTS_ENGINE_ENGINE_TESTING_H_
#define TESTS_ENGINE_ENGINE_TESTING_H_

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "store/rule_tree.h"

namespace pql {

// A clock that stands still unless it is moved.
class FakeClock : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixMicros(micros_); }
  void Advance(absl::Duration span) { micros_ += absl::ToInt64Microseconds(span); }

 private:
  std::atomic<int64_t> micros_{1'772'323'200'000'000};  // 2026-03-01
};

inline constexpr char kTeamRules[] = R"(
metric messages: number default 0
metric plan: one of ("free", "pro")
metric seats: number
stages mql < pql
rule team {
  title "A busy team"
  owner "growth@example.com"
  tags "activation", "self-serve"
  stage pql
  when messages >= 2_000
  unless plan != "free"
}
rule seen { stage mql  when messages > 0 }
rule trial { mode shadow  when seats > 5 }
rule idea { mode draft  when seats > 50 }
)";

inline RuleTree TreeOf(std::vector<std::pair<std::string, std::string>> rule_sets) {
  RuleTree tree;
  for (auto& [id, text] : rule_sets) {
    tree.emplace(id, std::vector<SourceText>{{id + "/rules.pql", std::move(text)}});
  }
  return tree;
}

}  // namespace pql

#endif  // TESTS_ENGINE_ENGINE_TESTING_H_
