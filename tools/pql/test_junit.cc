// `pql test --format junit`.

#include <algorithm>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "diagnostics/render.h"
#include "ruleset/item_graph.h"
#include "tools/pql/test_report.h"

namespace pql {
namespace {

// As the value of an attribute or as text.  Characters that XML 1.0 has no way to write become
// U+FFFD; line ends are kept from being read as spaces.
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
        escaped += "&#10;";
        break;
      case '\t':
        escaped += "&#9;";
        break;
      default:
        if (byte < 0x20) {
          escaped += "\uFFFD";
        } else {
          escaped += c;
        }
    }
  }
  // U+FFFE and U+FFFF are no characters of XML either.
  for (const std::string_view bad : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (size_t at = escaped.find(bad); at != std::string::npos; at = escaped.find(bad)) {
      escaped.replace(at, bad.size(), "\uFFFD");
    }
  }
  return escaped;
}

std::string Attribute(std::string_view name, std::string_view value) {
  return StrCat(" ", name, "=\"", Escaped(value), "\"");
}
std::string Attribute(std::string_view name, size_t value) {
  return StrCat(" ", name, "=\"", value, "\"");
}

// `failure` or `error`: the message in short, and the text that people read.
std::string Problem(std::string_view element, std::string_view message, std::string_view text) {
  return StrCat("      <", element, Attribute("message", message), Attribute("type", element), ">",
                Escaped(text), "</", element, ">\n");
}

// `content` may be empty.
std::string TestCase(std::string_view suite, std::string_view name, const SourceSet& sources,
                     SourceRange range, std::string_view content) {
  const SourceFile& file = sources.file(range.file);
  const std::string head =
      StrCat("    <testcase", Attribute("classname", suite), Attribute("name", name),
             Attribute("file", file.name()),
             Attribute("line", static_cast<size_t>(file.Locate(range.begin).line)));
  if (content.empty()) return StrCat(head, "/>\n");
  return StrCat(head, ">\n", content, "    </testcase>\n");
}

std::string Suite(std::string_view name, size_t tests, size_t failures, size_t errors,
                  std::string_view content) {
  return StrCat("  <testsuite", Attribute("name", name), Attribute("tests", tests),
                Attribute("failures", failures), Attribute("errors", errors),
                Attribute("skipped", size_t{0}), ">\n", content, "  </testsuite>\n");
}

std::string ProblemsOf(const RuleSet& rule_set, const TestResult& result) {
  const Test& test = rule_set.checked.tests[result.test];
  if (!result.error.empty()) {
    return Problem("error", result.error,
                   RenderHumanAt(rule_set.sources, test.name_range, "failed", result.error));
  }
  // One element for all: several are read by few.
  std::string message;
  std::string text;
  for (const ExpectFailure& failure : result.failures) {
    StrAppend(&message, message.empty() ? "" : "; ", failure.message);
    StrAppend(&text, RenderHumanAt(rule_set.sources, failure.range, "failed", failure.message));
  }
  return message.empty() ? "" : Problem("failure", message, text);
}

size_t CountErrors(const TestRun& run) {
  return static_cast<size_t>(
      std::count_if(run.results.begin(), run.results.end(),
                    [](const TestResult& result) { return !result.error.empty(); }));
}

std::string TestSuite(const TestRun& run) {
  std::string content;
  if (run.coverage.has_value()) {
    content =
        StrCat("    <properties>\n      <property", Attribute("name", "coverage"),
               Attribute("value", PercentText(run.coverage->percent())), "/>\n    </properties>\n");
  }
  for (const TestResult& result : run.results) {
    const Test& test = run.rule_set->checked.tests[result.test];
    StrAppend(&content, TestCase(run.directory, test.name, run.rule_set->sources, test.range,
                                 ProblemsOf(*run.rule_set, result)));
  }
  const size_t errors = CountErrors(run);
  return Suite(run.directory, run.results.size(), run.failed() - errors, errors, content);
}

std::string MutantSuite(const TestRun& run) {
  const RuleSet& rule_set = *run.rule_set;
  const std::string name = StrCat(run.directory, " mutants");
  std::string content;
  for (const Survivor& survivor : run.mutation->survivors) {
    const std::string change = StrCat(survivor.mutant.change, " in ",
                                      DescribeItem(rule_set.checked, survivor.mutant.item));
    const std::string text =
        StrCat(RenderHumanAt(rule_set.sources, survivor.mutant.range, "survived", change),
               "This test would kill it:\n\n", survivor.test);
    StrAppend(&content, TestCase(name, change, rule_set.sources, survivor.mutant.range,
                                 Problem("failure", StrCat("no test noticed: ", change), text)));
  }
  const size_t survivors = run.mutation->survivors.size();
  return Suite(name, survivors, survivors, 0, content);
}

std::string BrokenSuite(const TestRun& run) {
  return Suite(
      run.directory, 1, 0, 1,
      StrCat("    <testcase", Attribute("classname", run.directory), Attribute("name", "compiles"),
             ">\n", Problem("error", "the rule set has errors", run.findings),
             "    </testcase>\n"));
}

}  // namespace

std::string TestsToJunit(std::span<const TestRun> runs) {
  std::string suites;
  size_t tests = 0;
  size_t failures = 0;
  size_t errors = 0;
  for (const TestRun& run : runs) {
    if (!run.findings.empty()) {
      ++tests;
      ++errors;
      suites += BrokenSuite(run);
      continue;
    }
    tests += run.results.size();
    errors += CountErrors(run);
    failures += run.failed() - CountErrors(run);
    suites += TestSuite(run);
    if (run.mutation.has_value() && !run.mutation->survivors.empty()) {
      tests += run.mutation->survivors.size();
      failures += run.mutation->survivors.size();
      suites += MutantSuite(run);
    }
  }
  return StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", Attribute("name", "pql"),
                Attribute("tests", tests), Attribute("failures", failures),
                Attribute("errors", errors), ">\n", suites, "</testsuites>\n");
}

}  // namespace pql
