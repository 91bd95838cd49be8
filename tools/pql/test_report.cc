#include "tools/pql/test_report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>
#include <string_view>
#include <utility>

#include "ast/rule_file.h"
#include "base/number_text.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "diagnostics/render.h"
#include "ruleset/item_graph.h"
#include "tools/pql/expect_explanation.h"
#include "tools/pql/json_text.h"
#include "tools/pql/rule_set_loading.h"

namespace pql {
namespace {

// On one line, as an excerpt.
std::string Excerpt(const SourceSet& sources, SourceRange range) {
  std::string text;
  for (const char c : sources.Text(range)) {
    const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!space) {
      text += c;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  return text;
}

std::string Place(const SourceSet& sources, SourceRange range) {
  const SourceFile& file = sources.file(range.file);
  const LineColumn begin = file.Locate(range.begin);
  return StrCat(file.name(), ":", begin.line, ":", begin.column);
}

// Human.

class HumanReport {
 public:
  HumanReport(const std::string& run, Console* console)
      : run_(run),
        console_(*console),
        out_(console->out()),
        style_{.color = console->color_out()} {}

  void Print(const TestRun& run) {
    for (const TestResult& result : run.results) PrintFailures(*run.rule_set, result);
    PrintSummary(run);
    if (run.coverage.has_value()) PrintCoverage(run);
    if (run.mutation_wanted) PrintMutation(run);
  }

  void PrintTotal(std::span<const TestRun> runs) {
    size_t tests = 0;
    size_t failed = 0;
    size_t broken = 0;
    std::string names;
    for (const TestRun& run : runs) {
      tests += run.results.size();
      failed += run.failed();
      if (run.findings.empty()) continue;
      ++broken;
      StrAppend(&names, names.empty() ? "" : ", ", run.directory);
    }
    if (broken > 0) out_ << runs.size() - broken << " of ";
    out_ << Counted(runs.size(), "rule set") << ": " << Verdict(tests, failed);
    if (broken > 0) {
      const std::string_view verb = broken == 1 ? " does" : " do";
      out_ << "; " << console_.OnOut(Paint::kRed, StrCat(names, verb, " not compile"));
    }
    out_ << "\n";
  }

 private:
  void PrintFailures(const RuleSet& rule_set, const TestResult& result) {
    if (result.passed()) return;
    const Test& test = rule_set.checked.tests[result.test];
    const std::string name = StrCat("test ", QuoteString(test.name), ": ");
    if (!result.error.empty()) {
      out_ << RenderHumanAt(rule_set.sources, test.name_range, "failed", StrCat(name, result.error),
                            style_)
           << "\n";
    }
    for (const ExpectFailure& failure : result.failures) {
      out_ << RenderHumanAt(rule_set.sources, failure.range, "failed",
                            StrCat(name, failure.message), style_)
           << ExplainExpect(rule_set, result.test, failure.expect, style_.color) << "\n";
    }
  }

  std::string Verdict(size_t tests, size_t failed) const {
    if (failed == 0) {
      return console_.OnOut(Paint::kGreen, StrCat(Counted(tests, "test"), " passed"));
    }
    return console_.OnOut(Paint::kRed, StrCat(failed, " of ", Counted(tests, "test"), " failed"));
  }

  void PrintSummary(const TestRun& run) {
    out_ << run.directory << ": ";
    if (run.results.empty()) {
      out_ << (run_.empty() ? "no tests" : "no test of that name") << "\n";
      return;
    }
    out_ << Verdict(run.results.size(), run.failed()) << "\n";
    // With one, its name has just been read.
    if (run.failed() < 2) return;
    for (const TestResult& result : run.results) {
      if (result.passed()) continue;
      out_ << "  " << QuoteString(run.rule_set->checked.tests[result.test].name) << "\n";
    }
  }

  void PrintCoverage(const TestRun& run) {
    const Coverage& coverage = *run.coverage;
    const CheckedRuleSet& checked = run.rule_set->checked;
    const std::string percent = PercentText(coverage.percent());
    const bool complete = coverage.seen() == coverage.outcomes();
    out_ << "  coverage: " << console_.OnOut(complete ? Paint::kGreen : Paint::kYellow, percent)
         << " (" << coverage.seen() << " of " << Counted(coverage.outcomes(), "outcome")
         << " of conditions)\n";
    size_t width = 0;
    for (const ConditionCoverage& condition : coverage.conditions) {
      width = std::max<size_t>(width, DisplayWidth(DescribeItem(checked, condition.item)));
    }
    const auto& conditions = coverage.conditions;
    for (auto first = conditions.begin(); first != conditions.end();) {
      const auto last = std::find_if(first, conditions.end(), [first](const auto& condition) {
        return condition.item != first->item;
      });
      PrintItemCoverage(*run.rule_set, {first, last}, width);
      first = last;
    }
  }

  void PrintItemCoverage(const RuleSet& rule_set, std::span<const ConditionCoverage> conditions,
                         size_t width) {
    const std::string item = DescribeItem(rule_set.checked, conditions.front().item);
    int seen = 0;
    for (const ConditionCoverage& condition : conditions) seen += condition.seen();
    out_ << "    " << item << std::string(width - DisplayWidth(item), ' ') << "  " << seen << " of "
         << 2 * conditions.size() << "\n";
    for (const ConditionCoverage& condition : conditions) {
      if (condition.seen() == 2) continue;
      const std::string_view never = condition.seen_true    ? "never false"
                                     : condition.seen_false ? "never true"
                                                            : "never true, never false";
      out_ << "      " << Place(rule_set.sources, condition.range) << ": "
           << console_.OnOut(Paint::kYellow, never) << ": `"
           << Excerpt(rule_set.sources, condition.range) << "`\n";
    }
  }

  void PrintMutation(const TestRun& run) {
    if (!run.mutation.has_value()) {
      out_ << "  mutants: not tried, because tests fail\n";
      return;
    }
    const MutationReport& report = *run.mutation;
    const RuleSet& rule_set = *run.rule_set;
    const size_t differing = report.killed + report.survivors.size();
    const bool complete = report.survivors.empty();
    out_ << "  mutants: "
         << console_.OnOut(complete ? Paint::kGreen : Paint::kRed, PercentText(report.score()))
         << " (" << report.killed << " of " << differing << " killed";
    if (!report.equivalents.empty()) {
      out_ << ", " << report.equivalents.size()
           << (report.equivalents.size() == 1 ? " more seems equivalent" : " more seem equivalent");
    }
    out_ << ")\n";
    for (const Survivor& survivor : report.equivalents) {
      out_ << "    " << Place(rule_set.sources, survivor.mutant.range)
           << ": seems equivalent: " << Change(rule_set, survivor.mutant) << "\n";
    }
    for (const Survivor& survivor : report.survivors) {
      out_ << "\n"
           << RenderHumanAt(rule_set.sources, survivor.mutant.range, "survived",
                            Change(rule_set, survivor.mutant), style_)
           << (survivor.has_earlier_test
                   ? "      = a test above kills it, too\n"
                   : StrCat("      = this test kills it:\n\n", survivor.test));
    }
    if (!report.survivors.empty()) out_ << "\n";
  }

  static std::string Change(const RuleSet& rule_set, const Mutant& mutant) {
    return StrCat(mutant.change, " in ", DescribeItem(rule_set.checked, mutant.item));
  }

  const std::string& run_;
  Console& console_;
  std::ostream& out_;
  const HumanStyle style_;
};

// JSON.

// pql.v1.SourceLocation.
Json Location(const SourceSet& sources, SourceRange range) {
  const SourceFile& file = sources.file(range.file);
  const LineColumn begin = file.Locate(range.begin);
  const LineColumn end = file.Locate(range.end);
  return {{"file", file.name()},     {"startByte", range.begin},    {"endByte", range.end},
          {"startLine", begin.line}, {"startColumn", begin.column}, {"endLine", end.line},
          {"endColumn", end.column}};
}

// pql.v1.TestResult.
Json ResultToJson(const RuleSet& rule_set, const TestResult& result) {
  const Test& test = rule_set.checked.tests[result.test];
  Json json = {{"test", test.name},
               {"location", Location(rule_set.sources, test.range)},
               {"passed", result.passed()}};
  for (const ExpectFailure& failure : result.failures) {
    json["failures"].push_back({{"source", rule_set.sources.Text(failure.range)},
                                {"location", Location(rule_set.sources, failure.range)},
                                {"outcome", failure.seen.IsMissing() ? "MISSING" : "FALSE"},
                                {"message", failure.message}});
  }
  if (!result.error.empty()) json["error"] = result.error;
  return json;
}

// pql.v1.ConditionCoverage.
Json ConditionToJson(const RuleSet& rule_set, const ConditionCoverage& condition) {
  return {{"rule", NameOfItem(rule_set.checked, condition.item)},
          {"source", rule_set.sources.Text(condition.range)},
          {"location", Location(rule_set.sources, condition.range)},
          {"seenTrue", condition.seen_true},
          {"seenFalse", condition.seen_false}};
}

Json SurvivorToJson(const RuleSet& rule_set, const Survivor& survivor) {
  Json json = {{"rule", NameOfItem(rule_set.checked, survivor.mutant.item)},
               {"location", Location(rule_set.sources, survivor.mutant.range)},
               {"change", survivor.mutant.change}};
  if (!survivor.test.empty()) json["test"] = survivor.test;
  return json;
}

Json MutationToJson(std::span<const TestRun> runs) {
  size_t mutants = 0;
  size_t killed = 0;
  Json survivors = Json::array();
  Json equivalents = Json::array();
  for (const TestRun& run : runs) {
    if (!run.mutation.has_value()) continue;
    mutants += run.mutation->mutants;
    killed += run.mutation->killed;
    for (const Survivor& survivor : run.mutation->survivors) {
      survivors.push_back(SurvivorToJson(*run.rule_set, survivor));
    }
    for (const Survivor& survivor : run.mutation->equivalents) {
      equivalents.push_back(SurvivorToJson(*run.rule_set, survivor));
    }
  }
  return {{"mutantCount", mutants},
          {"killedCount", killed},
          {"survivors", std::move(survivors)},
          {"seemEquivalent", std::move(equivalents)}};
}

}  // namespace

size_t TestRun::failed() const {
  return static_cast<size_t>(std::count_if(
      results.begin(), results.end(), [](const TestResult& result) { return !result.passed(); }));
}

std::string PercentText(double percent) {
  return StrCat(FormatNumber(std::floor(percent * 10) / 10), "%");
}

void PrintTestsHuman(std::span<const TestRun> runs, const std::string& run, Console* console) {
  HumanReport report(run, console);
  size_t shown = 0;
  for (const TestRun& each : runs) {
    if (!each.findings.empty()) continue;
    report.Print(each);
    ++shown;
  }
  if (shown > 0 && runs.size() > 1) report.PrintTotal(runs);
}

std::string TestsToJson(std::span<const TestRun> runs) {
  size_t tests = 0;
  size_t failed = 0;
  for (const TestRun& run : runs) {
    tests += run.results.size();
    failed += run.failed();
  }
  Json json = {
      {"results", Json::array()}, {"passedCount", tests - failed}, {"failedCount", failed}};
  bool mutation = false;
  for (const TestRun& run : runs) {
    for (const TestResult& result : run.results) {
      json["results"].push_back(ResultToJson(*run.rule_set, result));
    }
    mutation |= run.mutation_wanted;
  }
  for (const TestRun& run : runs) {
    if (!run.coverage.has_value()) continue;
    for (const ConditionCoverage& condition : run.coverage->conditions) {
      json["coverage"].push_back(ConditionToJson(*run.rule_set, condition));
    }
  }
  if (mutation) json["mutation"] = MutationToJson(runs);
  return PrettyJson(json);
}

}  // namespace pql
