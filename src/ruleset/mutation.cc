#include "ruleset/mutation.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "ast/rule_file.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "eval/interpreter.h"
#include "eval/rule_cone.h"
#include "ruleset/item_graph.h"
#include "ruleset/killing_test.h"
#include "ruleset/test_runner.h"

namespace pql {
namespace {

// The clock of a new test where none of the present ones has one: 2026-03-01.
constexpr Timestamp kDefaultNow = {1'772'323'200 * kMicrosPerSecond};
// A longer condition is not repeated in the name of a test.
constexpr size_t kMaxNameText = 70;
// Of the rules that depend on a changed define, so many are asked for a difference.
constexpr size_t kMaxTargets = 4;
// So many of the tests found last are tried on the next survivor.
constexpr size_t kMaxTried = 20;
constexpr std::string_view kKillingFile = "<mutation>";

// A test, evaluated, as far as its expectations go.
struct Bench {
  const Test* test = nullptr;
  std::unique_ptr<TestInput> given;
  std::vector<Item> affected;  // by the mutated item, of what the test needs
  Evaluation evaluation;       // of the original
};

// A test that was found.
struct Killing {
  Test test;
  std::string text;
};

std::optional<uint32_t> StageOf(const CheckedRuleSet& rule_set, const Evaluation& evaluation) {
  std::optional<uint32_t> stage;
  for (size_t i = 0; i < rule_set.rules.size(); ++i) {
    const Rule& rule = rule_set.rules[i];
    if (rule.mode == RuleMode::kActive && evaluation.rules[i].outcome == Outcome::kQualified) {
      stage = std::max(stage, rule.stage);
    }
  }
  return stage;
}

bool Contains(const std::vector<Item>& items, Item item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

class MutationRun {
 public:
  MutationRun(const RuleSet& rule_set, std::span<const uint32_t> tests,
              const MutationOptions& options)
      : rule_set_(rule_set),
        options_(options),
        graph_(rule_set.checked),
        original_(rule_set.checked),
        mutated_(rule_set.checked) {
    for (const Test& test : rule_set.checked.tests) names_.insert(test.name);
    for (const uint32_t index : tests) {
      const Test& test = rule_set.checked.tests[index];
      if (!CanRun(test)) continue;
      tests_.push_back(&test);
      needed_.push_back(graph_.NeededBy(test));
      if (test.at.has_value() && !some_now_.has_value()) some_now_ = test.at;
    }
  }

  MutationReport Run() {
    for (const Item item : ItemsInSourceOrder(original_)) {
      item_ = item;
      dependents_ = graph_.DependentsOf(item);
      SetUpBenches();
      ForEachMutant(rule_set_.sources, item, &mutated_, [this](const Mutant& mutant) {
        ++report_.mutants;
        if (IsKilled()) {
          ++report_.killed;
        } else {
          AddSurvivor(mutant);
        }
      });
    }
    return std::move(report_);
  }

 private:
  // The tests that say something about the item.
  void SetUpBenches() {
    benches_.clear();
    for (size_t i = 0; i < tests_.size(); ++i) {
      if (!Contains(needed_[i], item_)) continue;
      Bench bench;
      bench.test = tests_[i];
      bench.given = std::make_unique<TestInput>(original_, *tests_[i]);
      for (const Item item : dependents_) {
        if (Contains(needed_[i], item)) bench.affected.push_back(item);
      }
      EvaluateItems(original_, needed_[i], bench.given->input, &bench.evaluation);
      benches_.push_back(std::move(bench));
    }
    starts_.clear();
  }

  bool IsKilled() {
    return std::any_of(benches_.begin(), benches_.end(), [this](Bench& bench) {
      const EvaluationInput& input = bench.given->input;
      EvaluateItems(mutated_, bench.affected, input, &bench.evaluation);
      bench.evaluation.stage = StageOf(mutated_, bench.evaluation);
      const auto& expects = bench.test->expects;
      const bool passes = std::all_of(expects.begin(), expects.end(), [&](const auto& expect) {
        return EvaluateExpression(mutated_, expect, input, bench.evaluation).value.IsTrue();
      });
      EvaluateItems(original_, bench.affected, input, &bench.evaluation);
      return !passes;
    });
  }

  void AddSurvivor(const Mutant& mutant) {
    const size_t tried = std::min(killing_.size(), kMaxTried);
    for (size_t i = killing_.size() - tried; i < killing_.size(); ++i) {
      if (Passes(&mutated_, killing_[i].test)) continue;
      report_.survivors.push_back({mutant, killing_[i].text, /*has_earlier_test=*/true});
      return;
    }
    // A simple test of a scorecard is better than a far-fetched one of a rule.
    for (const bool only_simple : {true, false}) {
      for (const Item target : Targets()) {
        std::string test = FindKillingTest(mutant, target, only_simple);
        if (test.empty()) continue;
        report_.survivors.push_back({mutant, std::move(test)});
        return;
      }
    }
    report_.equivalents.push_back({mutant, ""});
  }

  std::string FindKillingTest(const Mutant& mutant, Item target, bool only_simple) {
    WitnessOptions options = options_.witness;
    options.only_simple = only_simple;
    const std::optional<Situation> witness =
        FindWitness(&original_, &mutated_, target, Starts(), options);
    return witness.has_value() ? KillingTest(mutant, target, *witness) : "";
  }

  // Where a difference would show: in a rule that depends on the item, else in what an evaluation
  // returns beside the rules.
  std::vector<Item> Targets() const {
    if (item_.kind == Item::Kind::kRule) return {item_};
    std::vector<Item> targets;
    for (const Item item : dependents_) {
      const bool is_rule = item.kind == Item::Kind::kRule && !IsDraft(original_, item);
      if (is_rule && targets.size() < kMaxTargets) targets.push_back(item);
    }
    const bool returned =
        item_.kind == Item::Kind::kScorecard || original_.defines[item_.index].is_output;
    if (returned || targets.empty()) targets.push_back(item_);
    return targets;
  }

  // The accounts of the tests, first those that speak about the item, and an empty one.
  const std::vector<Situation>& Starts() {
    if (!starts_.empty()) return starts_;
    const auto add = [this](const Test& test) {
      const TestInput given(original_, test);
      starts_.push_back({given.account, test.at.value_or(DefaultNow()), given.input.held});
    };
    for (const Bench& bench : benches_) add(*bench.test);
    starts_.push_back({Account(original_), DefaultNow(), {}});
    for (size_t i = 0; i < tests_.size(); ++i) {
      if (!Contains(needed_[i], item_)) add(*tests_[i]);
    }
    return starts_;
  }
  Timestamp DefaultNow() const { return some_now_.value_or(kDefaultNow); }

  // The block for the witness, or empty when it is not accepted, does not pass, or does not fail on
  // the mutant, which `mutated_` is now.
  std::string KillingTest(const Mutant& mutant, Item target, const Situation& witness) {
    const Value expected = ObserveItem(original_, target, witness);
    const std::string name = UnusedName(NameFor(mutant, target));
    for (const bool has_clock : {false, true}) {
      const std::string text = WriteTest(original_, name, witness, has_clock, target, expected);
      const std::optional<Test> test = Compile(name, text);
      if (!test.has_value() || !CanRun(*test)) continue;
      if (Passes(&original_, *test) && !Passes(&mutated_, *test)) {
        names_.insert(name);
        killing_.push_back({*test, text});
        return text;
      }
    }
    return "";
  }

  std::optional<Test> Compile(const std::string& name, const std::string& text) const {
    std::vector<SourceText> sources;
    for (FileId file = 0; file < rule_set_.sources.size(); ++file) {
      const SourceFile& source = rule_set_.sources.file(file);
      sources.push_back({source.name(), std::string(source.text())});
    }
    sources.push_back({std::string(kKillingFile), text});
    CompileOptions options;
    options.functions = rule_set_.functions;
    const CompileResult compiled = CompileRuleSet(rule_set_.id, std::move(sources), options);
    if (!compiled.ok()) return {};
    for (const Test& test : compiled.rule_set->checked.tests) {
      if (test.name == name) return test;
    }
    return {};
  }

  static bool Passes(CheckedRuleSet* rule_set, const Test& test) {
    rule_set->tests.push_back(test);
    const bool passes =
        RunTest(*rule_set, static_cast<uint32_t>(rule_set->tests.size() - 1)).passed();
    rule_set->tests.pop_back();
    return passes;
  }

  // `slack_team: messages >= 2000, not messages > 2000`
  std::string NameFor(const Mutant& mutant, Item target) const {
    std::string name = DescribeWhatCounts(mutant, target);
    std::replace(name.begin(), name.end(), '"', '\'');
    return name;
  }
  std::string DescribeWhatCounts(const Mutant& mutant, Item target) const {
    const std::string& subject = NameOfItem(original_, target);
    const bool fits = mutant.before.size() <= kMaxNameText && mutant.after.size() <= kMaxNameText &&
                      mutant.before.find('#') == std::string::npos;
    if (!fits) {
      const LineColumn place = rule_set_.sources.file(mutant.range.file).Locate(mutant.range.begin);
      std::string change = mutant.change;
      std::erase(change, '`');
      if (change.size() > kMaxNameText || change.find('#') != std::string::npos) {
        change = "a condition counts";
      }
      return StrCat(subject, ": line ", place.line, ", ", change);
    }
    if (mutant.after.empty()) return StrCat(subject, " depends on: ", mutant.before);
    return StrCat(subject, ": ", mutant.before, ", not ", mutant.after);
  }

  std::string UnusedName(const std::string& name) const {
    std::string unused = name;
    for (int i = 2; names_.contains(unused); ++i) unused = StrCat(name, " (", i, ")");
    return unused;
  }

  const RuleSet& rule_set_;
  const MutationOptions options_;
  const ItemGraph graph_;
  CheckedRuleSet original_;
  CheckedRuleSet mutated_;
  std::vector<const Test*> tests_;         // into rule_set_
  std::vector<std::vector<Item>> needed_;  // by test
  std::optional<Timestamp> some_now_;
  std::set<std::string> names_;

  Item item_;  // whose mutants are tried
  std::vector<Item> dependents_;
  std::vector<Bench> benches_;
  std::vector<Situation> starts_;
  std::vector<Killing> killing_;
  MutationReport report_;
};

}  // namespace

double MutationReport::score() const {
  const size_t differing = killed + survivors.size();
  return differing == 0 ? 100
                        : 100.0 * static_cast<double>(killed) / static_cast<double>(differing);
}

MutationReport RunMutation(const RuleSet& rule_set, std::span<const uint32_t> tests,
                           const MutationOptions& options) {
  return MutationRun(rule_set, tests, options).Run();
}

}  // namespace pql
