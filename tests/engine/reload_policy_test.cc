#include "engine/reload_policy.h"

#include <gtest/gtest.h>

#include <string>

namespace pql {
namespace {

using Kind = OfferedVersion::Kind;

struct Case {
  std::string name;
  KnownVersion known;
  OfferedVersion offered;
  ReloadDecision decision;
};

TEST(ReloadPolicyTest, EveryCase) {
  const KnownVersion nothing;
  const KnownVersion good{.in_force = "A"};
  const KnownVersion broken{.in_force = "A", .has_failure = true, .failed_digest = "B"};
  const KnownVersion unreadable{.in_force = "A", .has_failure = true, .failed_error = "no access"};
  const KnownVersion never_good{.has_failure = true, .failed_digest = "B"};
  const Case cases[] = {
      {"first sight", nothing, {.digest = "A"}, ReloadDecision::kCompile},
      {"first sight of something unreadable",
       nothing,
       {.kind = Kind::kUnreadable, .error = "no access"},
       ReloadDecision::kReportFailure},
      {"touched without a change", good, {.digest = "A"}, ReloadDecision::kNothing},
      {"changed", good, {.digest = "B"}, ReloadDecision::kCompile},
      {"became unreadable",
       good,
       {.kind = Kind::kUnreadable, .error = "no access"},
       ReloadDecision::kReportFailure},
      {"removed", good, {.kind = Kind::kGone, .error = "gone"}, ReloadDecision::kReportFailure},
      {"broken text seen again", broken, {.digest = "B"}, ReloadDecision::kNothing},
      {"broken text changed", broken, {.digest = "C"}, ReloadDecision::kCompile},
      {"broken text taken back", broken, {.digest = "A"}, ReloadDecision::kClearFailure},
      {"broken text removed",
       broken,
       {.kind = Kind::kGone, .error = "gone"},
       ReloadDecision::kReportFailure},
      {"still unreadable",
       unreadable,
       {.kind = Kind::kUnreadable, .error = "no access"},
       ReloadDecision::kNothing},
      {"unreadable for another reason",
       unreadable,
       {.kind = Kind::kUnreadable, .error = "too large"},
       ReloadDecision::kReportFailure},
      {"readable again, unchanged", unreadable, {.digest = "A"}, ReloadDecision::kClearFailure},
      {"readable again, changed", unreadable, {.digest = "B"}, ReloadDecision::kCompile},
      {"never good, changed", never_good, {.digest = "C"}, ReloadDecision::kCompile},
      {"never good, seen again", never_good, {.digest = "B"}, ReloadDecision::kNothing},
      {"never good, removed",
       never_good,
       {.kind = Kind::kGone, .error = "gone"},
       ReloadDecision::kForget},
  };
  for (const Case& test : cases) {
    EXPECT_EQ(ReloadDecisionName(DecideReload(test.known, test.offered)),
              ReloadDecisionName(test.decision))
        << test.name;
  }
}

}  // namespace
}  // namespace pql
