// The laws that evaluation obeys, checked on random rule sets and accounts (grammar/README.md,
// "Missing values").  PQL_SEED repeats a run, PQL_CASES_FACTOR makes it longer.

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

#include "base/strings.h"
#include "eval/interpreter.h"
#include "gtest/gtest.h"
#include "ruleset/rule_set.h"
#include "tests/testing/random_rule_set.h"
#include "tests/testing/rule_set_cases.h"

namespace pql {
namespace {

using testing::CompileSource;
using testing::CompileSources;
using testing::ForRandomRuleSets;
using testing::Random;
using testing::RandomAccount;
using testing::RandomHeld;
using testing::RandomNow;
using testing::RandomRuleSetOptions;

constexpr int kAccountsPerRuleSet = 50;

struct Case {
  Case(Random* random, const CheckedRuleSet& rule_set)
      : account(RandomAccount(random, rule_set)),
        input{&account, RandomNow(random), RandomHeld(random, rule_set)} {}
  Account account;
  EvaluationInput input;
};

std::string Describe(const CheckedRuleSet& rule_set, const EvaluationInput& input) {
  std::string text = StrCat("now = ", Value::Time(input.now).ToSource());
  for (uint32_t i = 0; i < rule_set.metrics.size(); ++i) {
    StrAppend(&text, ", ", rule_set.metrics[i].name, " = ", input.account->Metric(i).ToSource());
  }
  return text;
}

RandomRuleSetOptions WithoutPresence() {
  RandomRuleSetOptions options;
  options.presence = false;
  options.scorecard_use = false;  // a scorecard takes what is missing for nothing
  options.scorecards = 0;
  return options;
}

TEST(Laws, SupplyingAMissingMetricNeverTurnsADecidedOutcomeAround) {
  ForRandomRuleSets(
      2'000, WithoutPresence(), [](const RuleSet& rule_set, const auto&, Random* random) {
        const CheckedRuleSet& checked = rule_set.checked;
        for (int i = 0; i < kAccountsPerRuleSet; ++i) {
          Case one(random, checked);
          const Evaluation before = Evaluate(checked, one.input);
          Account fuller = one.account;
          for (uint32_t m = 0; m < checked.metrics.size(); ++m) {
            if (fuller.Metric(m).IsMissing() && random->OneIn(2)) {
              fuller.Set(m, testing::RandomValue(random, checked.metrics[m]));
            }
          }
          EvaluationInput input = one.input;
          input.account = &fuller;
          const Evaluation after = Evaluate(checked, input);
          for (size_t r = 0; r < checked.rules.size(); ++r) {
            if (before.rules[r].outcome == Outcome::kUnknown) continue;
            ASSERT_EQ(before.rules[r].outcome, after.rules[r].outcome)
                << checked.rules[r].name << "\nbefore: " << Describe(checked, one.input)
                << "\nafter: " << Describe(checked, input);
          }
        }
      });
}

TEST(Laws, OnlyNamedMetricsCanDecideAnUnknownOutcome) {
  ForRandomRuleSets(
      2'000, WithoutPresence(), [](const RuleSet& rule_set, const auto&, Random* random) {
        const CheckedRuleSet& checked = rule_set.checked;
        for (int i = 0; i < kAccountsPerRuleSet; ++i) {
          Case one(random, checked);
          const Evaluation before = Evaluate(checked, one.input);
          for (size_t r = 0; r < checked.rules.size(); ++r) {
            if (before.rules[r].outcome != Outcome::kUnknown) continue;
            const MissingMetrics& named = before.rules[r].missing;
            Account fuller = one.account;
            for (uint32_t m = 0; m < checked.metrics.size(); ++m) {
              const bool is_named = std::binary_search(named.begin(), named.end(), m);
              ASSERT_TRUE(!is_named || one.account.Metric(m).IsMissing());
              if (!is_named && fuller.Metric(m).IsMissing()) {
                fuller.Set(m, testing::RandomValue(random, checked.metrics[m]));
              }
            }
            EvaluationInput input = one.input;
            input.account = &fuller;
            ASSERT_EQ(Evaluate(checked, input).rules[r].outcome, Outcome::kUnknown)
                << checked.rules[r].name << "\nbefore: " << Describe(checked, one.input)
                << "\nafter: " << Describe(checked, input);
          }
        }
      });
}

// Two ways to say the same thing.
struct Law {
  const char* name;
  const char* left;
  const char* right;
  // Whether both name the same missing metrics: not where one side mentions a part twice, whose
  // mentions are weighed each by itself.
  bool same_names = true;
};
constexpr Law kLaws[] = {
    {"De Morgan, and", "not (A and B)", "not A or not B"},
    {"De Morgan, or", "not (A or B)", "not A and not B"},
    {"double negation", "not (not A)", "A"},
    {"and commutes", "A and B", "B and A"},
    {"or commutes", "A or B", "B or A"},
    {"and is associative", "(A and B) and C", "A and (B and C)"},
    {"and distributes over or", "A and (B or C)", "(A and B) or (A and C)", false},
    {"or distributes over and", "A or (B and C)", "(A or B) and (A or C)", false},
    {"at least one is or", "at least 1 of (A, B, C)", "A or B or C"},
    {"at least all is and", "at least 3 of (A, B, C)", "A and B and C"},
    {"at least two of three", "at least 2 of (A, B, C)", "(A and B) or (A and C) or (B and C)",
     false},
    {"if as a choice", "if A then true else false", "A"},
    {"between", "X between Y and Z", "X >= Y and X <= Z"},
    {"in", "X in (Y, Z)", "X == Y or X == Z"},
    {"not in", "X not in (Y, Z)", "not (X in (Y, Z))"},
    {"not equal", "X != Y", "not (X == Y)"},
    {"less", "X < Y", "not (X >= Y)"},
    {"mirrored", "X <= Y", "Y >= X"},
    {"present", "X is present", "not (X is missing)"},
};

TEST(Laws, WaysToSayTheSameAgreeInValueAndInMissingNames) {
  ForRandomRuleSets(300, {}, [](const RuleSet& first, const std::string& source, Random* random) {
    std::string extended = source;
    const auto operand = [&] { return StrCat("(", RandomCondition(random, first.checked), ")"); };
    const std::string conditions[] = {operand(), operand(), operand()};
    const char* const numbers[] = {"(1 / (2 - 2))", "2", "7"};
    std::string metric_names[3];
    for (int i = 0; i < 3; ++i) {
      metric_names[i] = numbers[random->Below(3)];
      for (const Metric& metric : first.checked.metrics) {
        if (metric.type.IsNumber() && random->OneIn(2)) metric_names[i] = metric.name;
      }
    }
    size_t index = 0;
    for (const Law& law : kLaws) {
      for (const std::string_view side : {law.left, law.right}) {
        std::string text;
        for (const char c : side) {
          if (c >= 'A' && c <= 'C') {
            text += conditions[c - 'A'];
          } else if (c >= 'X' && c <= 'Z') {
            text += metric_names[c - 'X'];
          } else {
            text += c;
          }
        }
        StrAppend(&extended, "define law", index++, " = ", text, "\n");
      }
    }
    const auto rule_set = CompileSource(extended);
    ASSERT_NE(rule_set, nullptr);
    const CheckedRuleSet& checked = rule_set->checked;
    for (int i = 0; i < kAccountsPerRuleSet; ++i) {
      const Case one(random, checked);
      const Evaluation evaluation = Evaluate(checked, one.input);
      const auto result = [&](size_t law) -> const Result& {
        const auto name = StrCat("law", law);
        return evaluation.defines[static_cast<size_t>(
            std::find_if(checked.defines.begin(), checked.defines.end(),
                         [&](const Define& define) { return define.name == name; }) -
            checked.defines.begin())];
      };
      for (size_t law = 0; law < std::size(kLaws); ++law) {
        const Result& left = result(2 * law);
        const Result& right = result(2 * law + 1);
        ASSERT_EQ(left.value, right.value)
            << kLaws[law].name << "\nA = " << conditions[0] << "\nB = " << conditions[1]
            << "\nC = " << conditions[2] << "\n"
            << Describe(checked, one.input);
        if (!kLaws[law].same_names) continue;
        ASSERT_EQ(left.missing, right.missing)
            << kLaws[law].name << "\nA = " << conditions[0] << "\nB = " << conditions[1]
            << "\nC = " << conditions[2] << "\n"
            << Describe(checked, one.input);
      }
    }
  });
}

// Outcome, missing names and score of every rule, by name.
std::string Summary(const CheckedRuleSet& rule_set, const Evaluation& evaluation) {
  std::string summary;
  for (size_t r = 0; r < rule_set.rules.size(); ++r) {
    const RuleResult& rule = evaluation.rules[r];
    StrAppend(&summary, rule_set.rules[r].name, " ", OutcomeName(rule.outcome));
    for (const uint32_t m : rule.missing) StrAppend(&summary, " ", rule_set.metrics[m].name);
    if (rule.score.has_value()) StrAppend(&summary, " ", *rule.score);
    summary += "\n";
  }
  StrAppend(&summary, evaluation.stage.has_value() ? rule_set.stages[*evaluation.stage] : "", "\n");
  for (size_t s = 0; s < rule_set.scorecards.size(); ++s) {
    StrAppend(&summary, rule_set.scorecards[s].name, " ", evaluation.scorecards[s].value, " ",
              evaluation.scorecards[s].incomplete ? "incomplete" : "", "\n");
  }
  return summary;
}

// The same account for a rule set whose metrics have other indices.
Account Transfer(const CheckedRuleSet& from, const Account& account, const CheckedRuleSet& to,
                 const std::function<std::string(const std::string&)>& renamed) {
  Account result(to);
  for (uint32_t m = 0; m < from.metrics.size(); ++m) {
    if (account.WasSet(m)) {
      result.Set(*to.FindMetric(renamed(from.metrics[m].name)), account.Metric(m));
    }
  }
  return result;
}

TEST(Laws, TheOrderOfFilesAndDeclarationsDoesNotMatter) {
  ForRandomRuleSets(
      1'000, {}, [](const RuleSet& rule_set, const std::string& source, Random* random) {
        std::vector<std::string> declarations;
        for (const Declaration& declaration : rule_set.files[0].declarations) {
          declarations.push_back(std::string(rule_set.sources.Text(declaration.range)));
        }
        std::vector<SourceText> files = {{"c.pql", ""}, {"a.pql", ""}, {"b.pql", ""}};
        while (!declarations.empty()) {
          const size_t next = random->Below(declarations.size());
          StrAppend(&files[random->Below(files.size())].text, declarations[next], "\n");
          declarations.erase(declarations.begin() + static_cast<std::ptrdiff_t>(next));
        }
        const auto shuffled = CompileSources(files);
        ASSERT_NE(shuffled, nullptr) << source;
        for (int i = 0; i < 10; ++i) {
          const Case one(random, rule_set.checked);
          ASSERT_EQ(Summary(rule_set.checked, Evaluate(rule_set.checked, one.input)),
                    Summary(shuffled->checked, Evaluate(shuffled->checked, one.input)));
        }
      });
}

TEST(Laws, NamesDoNotMatter) {
  // Reversed digits change the order of the names.
  const auto rename = [](const std::string& text) {
    static const std::regex kMetric(R"(\bm(\d+)\b)");
    static const std::regex kDefine(R"(\bd(\d)\b)");
    return std::regex_replace(std::regex_replace(text, kMetric, "x$1.count"), kDefine, "a$1_y");
  };
  ForRandomRuleSets(
      1'000, {}, [&](const RuleSet& rule_set, const std::string& source, Random* random) {
        const auto renamed = CompileSource(rename(source));
        ASSERT_NE(renamed, nullptr);
        for (int i = 0; i < 10; ++i) {
          Case one(random, rule_set.checked);
          const std::string expected =
              Summary(rule_set.checked, Evaluate(rule_set.checked, one.input));
          const Account account = Transfer(rule_set.checked, one.account, renamed->checked, rename);
          EvaluationInput input = one.input;
          input.account = &account;
          ASSERT_EQ(rename(expected), Summary(renamed->checked, Evaluate(renamed->checked, input)));
        }
      });
}

}  // namespace
}  // namespace pql
