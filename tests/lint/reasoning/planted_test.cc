// What is planted in random rule sets is found: contradictions, rules that others take in, and
// rules said twice in other words, all within what the linter follows.
//
// The normal run takes a share of the rule sets; all 20,000 are
//   PQL_CASES_FACTOR=100 build/bin/planted_test

#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "base/strings.h"
#include "gtest/gtest.h"
#include "lint/linter.h"
#include "ruleset/rule_set.h"
#include "tests/lint/reasoning/situations.h"

namespace pql {
namespace {

using testing::BoundaryAccounts;
using testing::Random;
using testing::RandomRuleSetOptions;
using testing::Situation;

constexpr int kRuleSets = 200;
constexpr double kShareFound = 0.99;

constexpr char kDeclarations[] = R"(
metric p.count: number default 0
metric p.seats: number
metric p.plan: one of ("free", "trial", "pro", "business")
metric p.name: string
metric p.flag: bool
metric p.since: timestamp
metric p.idle: duration
metric p.features: list(string)
scorecard p.fit cap 100 floor 0 {
  add 40 when p.seats >= 50
  add 30 per 10 of p.count up to 60
  subtract 20 when p.flag
}
)";

// A condition, the same in other words, one that asks for more, and one that excludes it.
struct Leaf {
  std::string text;
  std::string same;
  std::string tighter;
  std::string opposite;
};

Leaf NumberLeaf(Random* random, const std::string& subject, int low, int high) {
  const int bound = random->Between(low, high);
  const int more = bound + random->Between(1, 3);
  switch (random->Below(5)) {
    case 0:
      return {StrCat(subject, " >= ", bound), StrCat("not (", subject, " < ", bound, ")"),
              StrCat(subject, " >= ", more), StrCat(bound, " > ", subject)};
    case 1:
      return {StrCat(subject, " < ", bound), StrCat(bound, " > ", subject),
              StrCat(subject, " <= ", bound - 2), StrCat(subject, " == ", more)};
    case 2:
      return {StrCat(subject, " between ", bound, " and ", more + 2),
              StrCat("(", subject, " >= ", bound, " and ", subject, " <= ", more + 2, ")"),
              StrCat(subject, " in (", bound, ", ", bound + 1, ")"),
              StrCat(subject, " > ", more + 2)};
    case 3:
      return {StrCat(subject, " in (", bound, ", ", more, ")"),
              StrCat("(", subject, " == ", more, " or ", subject, " == ", bound, ")"),
              StrCat(subject, " == ", more), StrCat(subject, " not in (", more, ", ", bound, ")")};
    default:
      return {StrCat(subject, " > ", bound), StrCat("-", subject, " < -", bound),
              StrCat(subject, " - ", bound, " > 1"), StrCat(subject, " * 2 < ", 2 * bound)};
  }
}

Leaf TimeLeaf(Random* random) {
  const int days = random->Between(2, 60);
  switch (random->Below(3)) {
    case 0:
      return {StrCat("now - p.since > ", days, "d"), StrCat("p.since < now - ", days, "d"),
              StrCat("days(now - p.since) >= ", days + 1),
              StrCat("p.since within last ", days, "d")};
    case 1:
      return {StrCat("p.since within last ", days, "d"),
              StrCat("(p.since <= now and p.since > now - ", days, "d)"),
              StrCat("p.since within last ", days - 1, "d"), "p.since > now"};
    default:
      return {StrCat("p.idle > ", days, "d"), StrCat("not (p.idle <= ", days, "d)"),
              StrCat("p.idle > ", days + 1, "d"), StrCat("p.idle < ", days - 1, "d")};
  }
}

Leaf TextLeaf(Random* random) {
  switch (random->Below(5)) {
    case 0:
      return {"p.plan != \"free\"", "p.plan in (\"pro\", \"trial\", \"business\")",
              "p.plan == \"pro\"", "p.plan == \"free\""};
    case 1:
      return {"p.name in (\"a\", \"b\")", "not (p.name != \"a\" and p.name != \"b\")",
              "p.name == \"b\"", "p.name == \"c\""};
    case 2:
      return {"p.flag", "p.flag == true", "p.flag and p.seats is present", "not p.flag"};
    case 3:
      return {"p.seats is present", "not (p.seats is missing)", "p.seats > 3",
              "coalesce(p.seats, -1) == -1 and p.seats is missing"};
    default:
      return {"p.features contains \"sso\"", "not not p.features contains \"sso\"",
              "p.features contains \"sso\" and size(p.features) >= 2",
              "not p.features contains \"sso\""};
  }
}

Leaf AnyLeaf(Random* random) {
  switch (random->Below(6)) {
    case 0:
      return NumberLeaf(random, "p.count", 3, 90);
    case 1:
      return NumberLeaf(random, "p.seats", 3, 90);
    case 2:
      return NumberLeaf(random, "size(p.features)", 3, 5);
    case 3: {
      const int points = random->Between(1, 9) * 10;
      return {StrCat("p.fit >= ", points), StrCat("not (p.fit < ", points, ")"),
              StrCat("p.fit > ", points + 5), StrCat("p.fit < ", points - 5)};
    }
    case 4:
      return TimeLeaf(random);
    default:
      return TextLeaf(random);
  }
}

// A tree of `and`, `or` and `at least` over leaves, in two wordings and one that asks for more.
Leaf Tree(Random* random, int depth) {
  if (depth == 0 || random->OneIn(4)) return AnyLeaf(random);
  const Leaf a = Tree(random, depth - 1);
  const Leaf b = Tree(random, depth - 1);
  const auto join = [](const std::string& x, const char* word, const std::string& y) {
    return StrCat("((", x, ") ", word, " (", y, "))");
  };
  switch (random->Below(4)) {
    case 0:
      return {join(a.text, "and", b.text), join(b.same, "and", a.same),
              join(a.tighter, "and", b.text), ""};
    case 1:
      return {
          join(a.text, "or", b.text),
          StrCat("not ", join(StrCat("not (", a.same, ")"), "and", StrCat("not (", b.same, ")"))),
          join(a.text, "or", b.tighter), ""};
    case 2:
      return {
          join(a.text, "and", b.text),
          StrCat("not ", join(StrCat("not (", b.same, ")"), "or", StrCat("not (", a.same, ")"))),
          join(a.tighter, "and", b.tighter), ""};
    default: {
      const Leaf c = AnyLeaf(random);
      const auto two_of = [](const std::string& x, const std::string& y, const std::string& z) {
        return StrCat("at least 2 of (", x, ", ", y, ", ", z, ")");
      };
      return {
          two_of(a.text, b.text, c.text),
          join(join(a.same, "and", b.same), "or", join(c.same, "and", join(b.same, "or", a.same))),
          two_of(a.tighter, b.text, c.tighter), ""};
    }
  }
}

std::string RuleText(const std::string& name, const std::string& when) {
  return StrCat("rule ", name, " {\n  stage pql\n  when ", when, "\n}\n");
}

class PlantedTest : public ::testing::Test {
 protected:
  struct Planted {
    std::string source;
    std::vector<std::string> rules;  // of which one is reported
  };

  static bool Found(const RuleSet& rule_set, const std::string& rule,
                    std::initializer_list<DiagnosticKind> kinds) {
    const CheckedRuleSet& checked = rule_set.checked;
    const SourceRange range = checked.rules[*checked.FindRule(rule)].range;
    for (const Diagnostic& finding : Lint(rule_set).diagnostics) {
      for (const DiagnosticKind kind : kinds) {
        if (finding.kind == kind && range.Contains(finding.range)) return true;
      }
    }
    return false;
  }

  // Whether the rule is seen to qualify an account and to turn one down.
  static bool TellsApart(const RuleSet& rule_set, const std::string& rule, Random* random) {
    const CheckedRuleSet& checked = rule_set.checked;
    const uint32_t index = *checked.FindRule(rule);
    const BoundaryAccounts accounts(checked);
    bool qualified = false;
    bool turned_down = false;
    for (int i = 0; i < 300 && !(qualified && turned_down); ++i) {
      const Situation situation = accounts.Next(random);
      const Outcome outcome = Evaluate(checked, situation.Input()).rules[index].outcome;
      qualified |= outcome == Outcome::kQualified;
      turned_down |= outcome == Outcome::kNotQualified;
    }
    return qualified && turned_down;
  }

  // Plants with `plant(random condition)`; counts those of which `expected` is found, among those
  // that are what they are meant to be.
  void Run(const std::function<std::string(const std::string& any)>& plant,
           const std::vector<std::string>& must_tell_apart, const std::string& reported,
           std::initializer_list<DiagnosticKind> kinds, Random* random) {
    int planted = 0;
    int found = 0;
    std::string missed;
    const int rule_sets = kRuleSets * testing::CasesFactor();
    for (int i = 0; i < rule_sets; ++i) {
      RandomRuleSetOptions options;
      options.max_depth = 1 + i % 3;
      const std::string base = RandomRuleSetSource(random, options) + kDeclarations;
      const CompileResult around = CompileRuleSet("random", {{"random.pql", base}});
      ASSERT_TRUE(around.ok());
      options.max_depth = 2;
      const std::string any = RandomCondition(random, around.rule_set->checked, options);
      const std::string source = base + plant(any);
      const CompileResult compiled = CompileRuleSet("random", {{"random.pql", source}});
      ASSERT_TRUE(compiled.ok()) << source;
      bool is_meant = true;
      for (const std::string& rule : must_tell_apart) {
        is_meant = is_meant && TellsApart(*compiled.rule_set, rule, random);
      }
      if (!is_meant) continue;
      ++planted;
      if (Found(*compiled.rule_set, reported, kinds)) {
        ++found;
      } else {
        missed = source;
      }
    }
    std::cout << "found " << found << " of " << planted << " planted in " << rule_sets
              << " rule sets\n";
    if (!missed.empty()) std::cout << "missed, among others:\n" << missed;
    EXPECT_GT(planted, rule_sets / 3);
    EXPECT_GE(found, planted * kShareFound);
  }

  Random random_{testing::TestSeed()};
};

TEST_F(PlantedTest, ContradictionsAreFound) {
  const auto plant = [this](const std::string& any) {
    const Leaf leaf = AnyLeaf(&random_);
    std::string a = random_.OneIn(2) ? leaf.text : leaf.same;
    std::string b = leaf.opposite;
    if (random_.OneIn(2)) std::swap(a, b);
    switch (random_.Below(4)) {
      case 0:
        return RuleText("planted", StrCat("(", a, ") and (", b, ")"));
      case 1:
        return RuleText("planted", StrCat("(", a, ") and ", any, " and (", b, ")"));
      case 2:
        return StrCat("define p.part = ", a, "\n",
                      RuleText("planted", StrCat("(", b, ") and p.part")));
      default:
        return RuleText("planted", StrCat("at least 2 of (", a, ", ", b, ")"));
    }
  };
  // Where the random part is a `not` of what is always true, that is what is reported.
  Run(plant, {}, "planted", {DiagnosticKind::kAlwaysFalse, DiagnosticKind::kAlwaysTrue}, &random_);
}

TEST_F(PlantedTest, DuplicatesAreFound) {
  const auto plant = [this](const std::string&) {
    const Leaf tree = Tree(&random_, random_.Between(0, 2));
    return RuleText("planted_a", tree.text) + RuleText("planted_b", tree.same);
  };
  Run(plant, {"planted_a"}, "planted_b", {DiagnosticKind::kDuplicateRule}, &random_);
}

TEST_F(PlantedTest, SubsumedRulesAreFound) {
  const auto plant = [this](const std::string& any) {
    const Leaf tree = Tree(&random_, random_.Between(0, 2));
    switch (random_.Below(3)) {
      case 0:
        return RuleText("planted_wide", StrCat("(", tree.text, ") or ", any)) +
               RuleText("planted_narrow", tree.same);
      case 1:
        return RuleText("planted_wide", tree.text) +
               RuleText("planted_narrow", StrCat("(", tree.same, ") and ", any));
      default:
        return RuleText("planted_wide", tree.text) + RuleText("planted_narrow", tree.tighter);
    }
  };
  // One that comes to the same after all is a duplicate.
  Run(plant, {"planted_wide", "planted_narrow"}, "planted_narrow",
      {DiagnosticKind::kSubsumedRule, DiagnosticKind::kDuplicateRule}, &random_);
}

}  // namespace
}  // namespace pql
