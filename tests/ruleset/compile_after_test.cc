// A rule set that is compiled after another one is the rule set that is compiled from scratch,
// whatever the history of changes: the same findings, checked form and answers.

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "diagnostics/render.h"
#include "eval/interpreter.h"
#include "eval/plan/match_run.h"
#include "eval/plan/plan.h"
#include "eval/plan/rule_index.h"
#include "gtest/gtest.h"
#include "ruleset/rule_set.h"
#include "tests/testing/random_rule_set.h"

namespace pql {
namespace {

using testing::Random;

using Files = std::map<std::string, std::string>;  // texts by name

CompileOptions Options() {
  CompileOptions options;
  options.max_diagnostics = 10'000;
  options.index = true;
  return options;
}

std::vector<SourceText> TextsOf(const Files& files) {
  std::vector<SourceText> texts;
  for (const auto& [name, text] : files) texts.push_back({name, text});
  return texts;
}

// Texts are shared with the rule set before, as those of revisions are, or read anew.
SharedSources SourcesOf(const Files& files, const RuleSet* before, bool anew) {
  SharedSources sources = Share(TextsOf(files));
  if (before == nullptr || anew) return sources;
  for (auto& source : sources) {
    for (const FileId place : before->file_order) {
      const auto& known = before->sources.handle(place);
      if (known->name() == source->name() && known->text() == source->text()) source = known;
    }
  }
  return sources;
}

std::string FindingsOf(const CompileResult& result) {
  std::string all;
  for (const Diagnostic& finding : result.diagnostics) {
    StrAppend(&all, RenderOneLine(result.rule_set->sources, finding), "\n");
  }
  return all;
}

bool IsSame(const TypedExpression& a, const TypedExpression& b) {
  if (a.kind != b.kind || a.op != b.op || !(a.type == b.type) || a.index != b.index ||
      a.count != b.count || !(a.constant == b.constant) || a.function != b.function ||
      a.range.begin != b.range.begin || a.children.size() != b.children.size()) {
    return false;
  }
  for (size_t i = 0; i < a.children.size(); ++i) {
    if (!IsSame(a.children[i], b.children[i])) return false;
  }
  return true;
}

bool IsSame(const std::optional<TypedExpression>& a, const std::optional<TypedExpression>& b) {
  return a.has_value() == b.has_value() && (!a.has_value() || IsSame(*a, *b));
}

void ExpectSameRules(const RuleSet& rule_set, const RuleSet& expected) {
  const CheckedRuleSet& a = rule_set.checked;
  const CheckedRuleSet& b = expected.checked;
  EXPECT_EQ(a.stages, b.stages);
  EXPECT_EQ(a.rules_naming_rules, b.rules_naming_rules);
  EXPECT_EQ(a.values_name_rules, b.values_name_rules);
  EXPECT_EQ(a.evaluation_order.size(), b.evaluation_order.size());
  ASSERT_EQ(a.rules.size(), b.rules.size());
  for (size_t i = 0; i < a.rules.size(); ++i) {
    const Rule& x = a.rules[i];
    const Rule& y = b.rules[i];
    EXPECT_TRUE(x.name == y.name && x.stage == y.stage && x.mode == y.mode &&
                x.reads_clock == y.reads_clock && x.active_from == y.active_from &&
                x.active_until == y.active_until && IsSame(x.when, y.when) &&
                IsSame(x.unless, y.unless) && IsSame(x.keep_while, y.keep_while) &&
                IsSame(x.score, y.score))
        << x.name << " and " << y.name;
    EXPECT_EQ(rule_set.sources.Text(x.range), expected.sources.Text(y.range));
    ASSERT_NE(rule_set.rule_syntax[i], nullptr);
    EXPECT_EQ(rule_set.rule_syntax[i]->name.text, x.name);
    EXPECT_EQ(rule_set.rule_syntax[i]->name.range, x.name_range);
  }
  ASSERT_EQ(a.tests.size(), b.tests.size());
  for (size_t i = 0; i < a.tests.size(); ++i) {
    EXPECT_EQ(a.tests[i].name, b.tests[i].name);
    EXPECT_EQ(a.tests[i].reads_clock, b.tests[i].reads_clock);
    ASSERT_EQ(a.tests[i].expects.size(), b.tests[i].expects.size());
    for (size_t k = 0; k < a.tests[i].expects.size(); ++k) {
      EXPECT_TRUE(IsSame(a.tests[i].expects[k], b.tests[i].expects[k])) << a.tests[i].name;
    }
  }
}

// By the definition, on the rule set from scratch.
void ExpectSameAnswers(Random* random, const RuleSet& rule_set, const RuleSet& expected) {
  for (int i = 0; i < 6; ++i) {
    const Account account = testing::RandomAccount(random, expected.checked,
                                                   {.missing_percent = random->Of({0, 20, 60})});
    EvaluationInput input{&account, testing::RandomNow(random),
                          testing::RandomHeld(random, expected.checked)};
    const Evaluation wanted = Evaluate(expected.checked, input);
    const Evaluation got = Evaluate(*rule_set.plan, input);
    EXPECT_EQ(got.stage, wanted.stage);
    BoundAccounts bound(rule_set.plan->layout());
    bound[0].Bind(account);
    std::unique_ptr<MatchRun> run = rule_set.match_runs->Take();
    const AccountMatches& matches = run->Match(bound[0], input.now, input.held);
    EXPECT_EQ(matches.stage, wanted.stage);
    std::vector<Outcome> matched(wanted.rules.size(), Outcome::kNotQualified);
    for (const uint32_t rule : matches.qualified) matched[rule] = Outcome::kQualified;
    for (const uint32_t rule : matches.unknown) matched[rule] = Outcome::kUnknown;
    for (uint32_t rule = 0; rule < wanted.rules.size(); ++rule) {
      const std::string& name = expected.checked.rules[rule].name;
      ASSERT_EQ(got.rules[rule].outcome, wanted.rules[rule].outcome) << name;
      EXPECT_EQ(got.rules[rule].missing, wanted.rules[rule].missing) << name;
      EXPECT_EQ(got.rules[rule].score, wanted.rules[rule].score) << name;
      if (expected.checked.rules[rule].mode == RuleMode::kDraft) continue;
      ASSERT_EQ(matched[rule], wanted.rules[rule].outcome) << name << " by the index";
    }
    rule_set.match_runs->GiveBack(std::move(run));
  }
}

// Changes files at random, for better and for worse.
class Editor {
 public:
  Editor(Random* random, bool values_name_rules) : random_(*random) {
    const testing::RandomRuleSetOptions options{.metrics = 10, .rules = 300, .max_depth = 2};
    const std::string text = testing::RandomRuleSetSource(random, options);
    const auto whole = CompileRuleSet("rules", {{"rules.pql", text}}).rule_set;
    std::string rest = text;
    for (size_t i = whole->checked.rules.size(); i-- > 0;) {
      const Rule& rule = whole->checked.rules[i];
      rule_names_.push_back(rule.name);
      files_["rules/" + rule.name + ".pql"] = std::string(whole->sources.Text(rule.range));
    }
    std::vector<SourceRange> ranges;
    for (const Rule& rule : whole->checked.rules) ranges.push_back(rule.range);
    std::sort(ranges.begin(), ranges.end());
    for (size_t i = ranges.size(); i-- > 0;) {
      rest.erase(ranges[i].begin, ranges[i].end - ranges[i].begin);
    }
    if (values_name_rules) StrAppend(&rest, "output any_of_two = ", rule_names_[0], "\n");
    files_["basis.pql"] = rest;
    checked_ = whole;
  }

  const Files& files() const { return files_; }
  // What conditions may name.
  void set_checked(std::shared_ptr<const RuleSet> rule_set) { checked_ = std::move(rule_set); }
  void Undo() { files_ = before_; }

  std::string Change() {
    before_ = files_;
    std::string done;
    for (int count = random_.OneIn(4) ? 3 : 1; count > 0; --count) done += ChangeOne() + "; ";
    return done;
  }

 private:
  std::string Condition() {
    return testing::RandomCondition(&random_, checked_->checked,
                                    {.metrics = 10, .max_depth = random_.Of({1, 2})});
  }
  std::string RuleText(const std::string& name) {
    std::string text = "rule " + name + " {\n";
    if (random_.OneIn(3)) text += "  stage pql\n";
    if (random_.OneIn(12)) text += random_.OneIn(2) ? "  mode draft\n" : "  mode shadow\n";
    if (random_.OneIn(6)) text += "  active from 2026-03-01 until 2026-06-30\n";
    StrAppend(&text, "  when ", Condition(), "\n");
    if (random_.OneIn(4)) StrAppend(&text, "  keep while ", Condition(), "\n");
    return text + "}\n";
  }
  std::string& FileOfARule() {
    auto file = files_.begin();
    std::advance(file, 1 + random_.Below(files_.size() - 1));
    return file->second;
  }

  std::string ChangeOne() {
    switch (random_.Below(14)) {
      case 0:
      case 1:
      case 2:
      case 3: {
        const std::string name = random_.Of(rule_names_);
        files_["rules/" + name + ".pql"] = RuleText(name);
        return "changed " + name;
      }
      case 4:
      case 5:
      case 6: {
        const std::string name = StrCat(random_.Of({"a", "m", "z"}), "_new", ++added_);
        files_["rules/" + name + ".pql"] = RuleText(name);
        rule_names_.push_back(name);
        return "added " + name;
      }
      case 7:
      case 8: {
        const std::string name = random_.Of(rule_names_);
        files_.erase("rules/" + name + ".pql");
        return "removed " + name;
      }
      case 9:
        FileOfARule() += "# a comment\n";
        return "a comment";
      case 10:
        FileOfARule() +=
            random_.Of({"rule broken {", "rule m0 { when true }", "rule extra { when nowhere > 1 }",
                        "metric late: number\n", "rule stage { when true }"});
        return "something wrong or new behind a rule";
      case 11:
        StrAppend(&files_["tests.pql"], "test \"", ++added_, "\" { at 2026-03-01 given expect not ",
                  random_.Of(rule_names_), " }\n");
        return "a test";
      case 12:
        StrAppend(&files_["more.pql"], "metric more", ++added_, ": number\n");
        return "a metric";
      default:
        files_[".pqllint"] = StrCat("# ", ++added_, "\n");
        return "the linter's configuration";
    }
  }

  Random& random_;
  Files files_;
  Files before_;
  std::vector<std::string> rule_names_;
  std::shared_ptr<const RuleSet> checked_;
  int added_ = 0;
};

struct Seen {
  int ok = 0;
  int rejected = 0;
  int shared = 0;  // rule sets of which most rules are those of the version before
};

void RunHistory(uint64_t seed, int steps, bool values_name_rules, Seen* seen) {
  Random random(seed);
  Editor editor(&random, values_name_rules);
  std::shared_ptr<const RuleSet> before;
  for (int step = 0; step < steps; ++step) {
    const std::string done = step == 0 ? "nothing" : editor.Change();
    SCOPED_TRACE(StrCat("seed ", seed, ", step ", step, ": ", done));
    const SharedSources sources = SourcesOf(editor.files(), before.get(), random.OneIn(3));
    CompileResult result = CompileAfter(before.get(), "rules", sources, Options());
    const CompileResult expected = CompileRuleSet("rules", TextsOf(editor.files()), Options());
    ASSERT_EQ(FindingsOf(result), FindingsOf(expected));
    ASSERT_EQ(result.ok(), expected.ok());
    EXPECT_EQ(result.rule_set->digest, expected.rule_set->digest);
    EXPECT_EQ(result.rule_set->source_bytes, expected.rule_set->source_bytes);
    if (!result.ok()) {
      ++seen->rejected;
      editor.Undo();
      continue;
    }
    ++seen->ok;
    ExpectSameRules(*result.rule_set, *expected.rule_set);
    if (random.OneIn(8)) result.rule_set = Consolidate(*result.rule_set, Options());
    ExpectSameAnswers(&random, *result.rule_set, *expected.rule_set);
    if (::testing::Test::HasFailure()) return;
    if (before != nullptr) {
      size_t shared = 0;
      const auto& rules = result.rule_set->checked.rules.handles();
      for (const auto& rule : rules) shared += rule.use_count() > 1 ? 1 : 0;
      if (shared > rules.size() / 2) ++seen->shared;
      if (random.OneIn(4)) {
        const auto again = EvaluatedAfter(*before, *result.rule_set);
        if (again != nullptr) ExpectSameAnswers(&random, *again, *expected.rule_set);
      }
    }
    before = result.rule_set;
    editor.set_checked(before);
  }
}

TEST(CompileAfter, IsCompilingFromScratch) {
  const uint64_t seed = testing::TestSeed();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Seen seen;
  for (int i = 0; i < 2 * testing::CasesFactor(); ++i) {
    RunHistory(seed + static_cast<uint64_t>(i), 40, false, &seen);
    if (HasFailure()) return;
  }
  EXPECT_GT(seen.ok, 20);
  EXPECT_GT(seen.rejected, 2);
  EXPECT_GT(seen.shared, seen.ok / 3);
}

TEST(CompileAfter, WhereAnOutputNamesARule) {
  Seen seen;
  RunHistory(testing::TestSeed() + 1'000, 12, true, &seen);
  EXPECT_GT(seen.ok, 3);
}

TEST(CompileAfter, TakesWhatDidNotChangeFromBefore) {
  Files files = {{"metrics.pql", "metric m: number\nstages low < high\n"}};
  for (int i = 100; i < 500; ++i) {
    files[StrCat("r", i, ".pql")] = StrCat("rule r", i, " { stage low  when m >= ", i, " }\n");
  }
  const auto first =
      CompileAfter(nullptr, "rules", SourcesOf(files, nullptr, true), Options()).rule_set;
  files["r200.pql"] = "rule r200 { stage high  when m >= 90 }\n";
  const auto second =
      CompileAfter(first.get(), "rules", SourcesOf(files, first.get(), false), Options()).rule_set;
  size_t own = 0;
  for (size_t i = 0; i < 400; ++i) {
    own += first->checked.rules.handles()[i] != second->checked.rules.handles()[i] ? 1 : 0;
  }
  EXPECT_EQ(own, 1u);
  ASSERT_NE(second->index, nullptr);
  EXPECT_EQ(second->index->loose_rules(), 1u);
  EXPECT_EQ(second->plan->stale_rules(), 1u);

  Account account(second->checked);
  account.Set(0, Value::Number(95));
  for (const auto& [rule_set, matches] : {std::pair{first, 0u}, {second, 1u}}) {
    BoundAccounts bound(rule_set->plan->layout());
    bound[0].Bind(account);
    const auto run = rule_set->match_runs->Take();
    EXPECT_EQ(run->Match(bound[0], Timestamp{}).qualified.size(), matches);
  }
}

// Sets of texts are masks of 64 keys in old code, which new texts must not outgrow.
TEST(CompileAfter, NewTextsOneAfterTheOther) {
  Files files = {{"metrics.pql", "metric plan: string\nmetric m: number\n"}};
  for (int i = 100; i < 400; ++i) {
    files[StrCat("r", i, ".pql")] =
        StrCat("rule r", i, " { when m >= ", i, " and plan not in (\"p1\", \"p2\") }\n");
  }
  std::shared_ptr<const RuleSet> rule_set;
  for (int step = 0; step < 80; ++step) {
    const std::string plan = StrCat("new", step);
    files["r150.pql"] = StrCat("rule r150 { when plan == \"", plan, "\" }\n");
    rule_set =
        CompileAfter(rule_set.get(), "rules", SourcesOf(files, rule_set.get(), false), Options())
            .rule_set;
    Account account(rule_set->checked);
    account.Set(*rule_set->checked.FindMetric("m"), Value::Number(1'000));
    account.Set(*rule_set->checked.FindMetric("plan"), Value::String(plan));
    BoundAccounts bound(rule_set->plan->layout());
    bound[0].Bind(account);
    const auto run = rule_set->match_runs->Take();
    ASSERT_EQ(run->Match(bound[0], Timestamp{}).qualified.size(), 300u) << step;
    PlanRun plan_run(*rule_set->plan);
    plan_run.Begin(bound[0], Timestamp{});
    for (uint32_t rule = 0; rule < 300; ++rule) {
      ASSERT_EQ(plan_run.OutcomeOf(rule), Outcome::kQualified) << step << " " << rule;
    }
  }
}

}  // namespace
}  // namespace pql
