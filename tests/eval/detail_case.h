// Cases about one rule and one account: a rule set, and below it lines `> account {JSON}`,
// `> at TIME`, `> rule NAME` (else the first) and `> held NAME`.

#ifndef TESTS_EVAL_DETAIL_CASE_H_
#define TESTS_EVAL_DETAIL_CASE_H_

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "accounts/account_reader.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "eval/rule_cone.h"
#include "ruleset/rule_set.h"
#include "tests/testing/golden_file.h"

namespace pql {

class DetailCase {
 public:
  explicit DetailCase(const std::string& text) {
    std::string source;
    std::string account = "{}";
    std::string rule;
    std::string held;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!Take(line, "> account ", &account) && !Take(line, "> rule ", &rule) &&
          !Take(line, "> held ", &held) && !Take(line, "> at ", &at_)) {
        StrAppend(&source, line, "\n");
      }
    }
    const CompileResult compiled = CompileRuleSet("case", {{"case.pql", source}});
    EXPECT_TRUE(compiled.ok()) << source
                               << (compiled.diagnostics.empty()
                                       ? ""
                                       : compiled.diagnostics.front().Message());
    rule_set_ = compiled.rule_set;
    auto row = ReadJsonAccount(checked(), account, {});
    EXPECT_TRUE(row.ok()) << row.status();
    account_.emplace(row.ok() ? row->account : Account(checked()));
    input_.account = &*account_;
    const std::optional<int64_t> micros = ParseTimestamp(at_);
    EXPECT_TRUE(micros.has_value()) << at_;
    input_.now = Timestamp{micros.value_or(0)};
    input_.held.resize(checked().rules.size());
    if (!held.empty()) input_.held[checked().FindRule(held).value()] = true;
    const uint32_t index = rule.empty() ? 0 : checked().FindRule(rule).value();
    cone_ = std::make_unique<RuleCone>(checked(), index);
  }
  DetailCase(const DetailCase&) = delete;
  DetailCase& operator=(const DetailCase&) = delete;

  const CheckedRuleSet& checked() const { return rule_set_->checked; }
  const SourceSet& sources() const { return rule_set_->sources; }
  const EvaluationInput& input() const { return input_; }
  const RuleCone& cone() const { return *cone_; }

 private:
  static bool Take(const std::string& line, std::string_view word, std::string* rest) {
    if (!line.starts_with(word)) return false;
    *rest = line.substr(word.size());
    return true;
  }

  std::string at_ = "2026-03-01";
  std::shared_ptr<const RuleSet> rule_set_;
  std::optional<Account> account_;
  EvaluationInput input_;
  std::unique_ptr<RuleCone> cone_;
};

// `first`, and on it defines of which each is made of the one before by `next`, `$` in its place; a
// rule that asks for the last, and an account.
inline std::string Tower(const std::string& first, const std::string& next, int levels,
                         const std::string& rule, const std::string& account) {
  std::string source = StrCat(first, "\n");
  for (int i = 1; i <= levels; ++i) {
    StrAppend(&source, "define d", i, " = ");
    for (const char c : next) {
      if (c == '$') {
        StrAppend(&source, "d", i - 1);
      } else {
        source.push_back(c);
      }
    }
    source.push_back('\n');
  }
  return StrCat(source, "rule r { when ", rule, " }\n> account ", account, "\n");
}

}  // namespace pql

#endif  // TESTS_EVAL_DETAIL_CASE_H_
