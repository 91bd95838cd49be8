// The metrics that account inputs are read against: one of every type.  And what holds of every
// account that was read.  Thread-safe: no state after the first call.

#ifndef PQL_TESTS_FUZZ_ACCOUNTS_RULE_SET_H_
#define PQL_TESTS_FUZZ_ACCOUNTS_RULE_SET_H_

#include <cmath>
#include <string_view>

#include "accounts/account_reader.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "ruleset/rule_set.h"
#include "tests/fuzz/messages.h"
#include "tests/fuzz/metrics_of_all_types.h"

namespace pql::fuzz {

inline const RuleSet& AccountRules() {
  static const CompileResult* const kCompiled = new CompileResult(
      CompileRuleSet("fuzz", {{"metrics.pql", StrCat(kMetricsOfAllTypes,
                                                     "metric usage.total: number unit bytes\n"
                                                     "rule r { when n > 3 }\n")}}));
  Require(kCompiled->ok(), "the metrics compile");
  return *kCompiled->rule_set;
}
inline const CheckedRuleSet& AccountMetrics() { return AccountRules().checked; }

inline void RequireGoodNumber(double number) {
  Require(std::isfinite(number) && !(number == 0 && std::signbit(number)),
          "numbers are finite, and zero has no sign");
}

inline void RequireGoodAccount(const CheckedRuleSet& metrics, const AccountRow& row) {
  for (uint32_t i = 0; i < metrics.metrics.size(); ++i) {
    const Value& value = row.account.Metric(i);
    Require(value.Fits(metrics.metrics[i].type), "values are of their metric's type");
    if (value.IsNumber()) RequireGoodNumber(value.number());
    if (value.IsNumberList()) {
      for (const double number : value.numbers()) RequireGoodNumber(number);
    }
    if (value.IsString()) Require(!FindInvalidUtf8(value.string()), "texts are valid UTF-8");
    if (value.IsStringList()) {
      for (const std::string& text : value.strings()) {
        Require(!FindInvalidUtf8(text), "texts are valid UTF-8", text);
      }
    }
    Require(!value.IsMissing() || !row.account.WasSet(i), "what was set is there");
  }
  Require(!FindInvalidUtf8(row.id), "ids are valid UTF-8", row.id);
}

}  // namespace pql::fuzz

#endif  // PQL_TESTS_FUZZ_ACCOUNTS_RULE_SET_H_
