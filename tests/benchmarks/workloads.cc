#include "tests/benchmarks/workloads.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>

#include "base/number_text.h"
#include "base/strings.h"
#include "diagnostics/render.h"

namespace pql::bench {
namespace {

// --- match ---

constexpr size_t kNumbers = 20;
constexpr size_t kOptionSizes[] = {5, 8, 12, 30, 80, 200};
constexpr size_t kFlags = 4;

std::string NumberName(size_t i) { return StrCat("number", i); }
std::string ChoiceName(size_t i) { return StrCat("choice", i); }
std::string FlagName(size_t i) { return StrCat("flag", i); }
std::string OptionName(size_t choice, size_t option) { return StrCat("c", choice, "_", option); }

// Number i is spread evenly over the magnitudes from 1 to 10^(2 .. 5).
double Magnitudes(size_t i) { return 2.0 + static_cast<double>(i % 4); }
double NumberAt(size_t i, double quantile) { return std::pow(10.0, quantile * Magnitudes(i)); }

// Few metrics are in most rules.
size_t Skewed(Random* random, size_t size) {
  const double unit = random->Unit();
  return std::min(size - 1, static_cast<size_t>(static_cast<double>(size) * unit * unit));
}

std::string TwoDigits(double number) {
  const double scale = std::pow(10.0, std::floor(std::log10(number)) - 1);
  return FormatNumber(scale >= 1 ? std::round(number / scale) * scale
                                 : std::round(number * 10) / 10);
}

class RuleWriter {
 public:
  RuleWriter(Random* random, Breadth breadth) : random_(*random), breadth_(breadth) {}

  std::string Condition() {
    const size_t parts = 2 + random_.Below(4);
    const bool with_or = random_.Chance(0.2);
    std::string text = with_or ? StrCat("(", Predicate(), " or ", Predicate(), ")") : Predicate();
    for (size_t i = 1; i < parts; ++i) StrAppend(&text, " and ", Predicate());
    return text;
  }

 private:
  // How many accounts should meet a predicate.
  double Share() {
    return breadth_ == Breadth::kBroad ? random_.In(0.15, 0.55) : random_.In(0.02, 0.16);
  }

  std::string Predicate() {
    const double kind = random_.Unit();
    if (kind < 0.7) return NumberPredicate();
    if (kind < 0.9) return ChoicePredicate();
    return StrCat(random_.Chance(0.5) ? "not " : "", FlagName(random_.Below(kFlags)));
  }

  std::string NumberPredicate() {
    const size_t i = Skewed(&random_, kNumbers);
    const double share = Share();
    const double kind = random_.Unit();
    if (kind < 0.6) {
      return StrCat(NumberName(i), random_.Chance(0.5) ? " >= " : " > ",
                    TwoDigits(NumberAt(i, 1 - share)));
    }
    if (kind < 0.85) {
      return StrCat(NumberName(i), random_.Chance(0.5) ? " <= " : " < ",
                    TwoDigits(NumberAt(i, share)));
    }
    const double from = random_.In(0, 1 - share);
    return StrCat(NumberName(i), " between ", TwoDigits(NumberAt(i, from)), " and ",
                  TwoDigits(NumberAt(i, from + share)));
  }

  // Of a choice that has many options, "not in" holds for most accounts and "in" for few.
  std::string ChoicePredicate() {
    const size_t i = random_.Below(std::size(kOptionSizes));
    const size_t size = kOptionSizes[i];
    const bool all_but = breadth_ == Breadth::kBroad && (size > 12 || random_.Chance(0.5));
    const size_t count = 1 + random_.Below(std::min<size_t>(4, size - 1));
    if (count == 1) {
      return StrCat(ChoiceName(i),
                    all_but ? " != " : " == ", QuoteOption(i, Skewed(&random_, size)));
    }
    std::vector<size_t> options;
    while (options.size() < count) {
      const size_t option = Skewed(&random_, size);
      if (std::find(options.begin(), options.end(), option) == options.end()) {
        options.push_back(option);
      }
    }
    std::string text = StrCat(ChoiceName(i), all_but ? " not in (" : " in (");
    for (size_t k = 0; k < options.size(); ++k) {
      StrAppend(&text, k == 0 ? "" : ", ", QuoteOption(i, options[k]));
    }
    return text + ")";
  }

  static std::string QuoteOption(size_t choice, size_t option) {
    return StrCat("\"", OptionName(choice, option), "\"");
  }

  Random& random_;
  Breadth breadth_;
};

}  // namespace

std::string LeadRuleSetSource(std::string_view condition) {
  return StrCat(
      "metric messages: number\nmetric channels: number\nmetric dau_wau: number\n"
      "metric plan: string\nmetric country: string\nmetric industry: string\n"
      "metric integrations: number\nmetric is_trial: bool\nmetric email_domain: string\n"
      "metric days_since_signup: number\nrule lead {\n  when ",
      condition, "\n}\n");
}

Account AccountOf(const CheckedRuleSet& rule_set, const LeadAccount& lead) {
  Account account(rule_set);
  const auto set = [&](std::string_view name, Value value) {
    account.Set(*rule_set.FindMetric(name), std::move(value));
  };
  set("messages", Value::Number(lead.messages));
  set("channels", Value::Number(lead.channels));
  set("dau_wau", Value::Number(lead.dau_wau));
  set("plan", Value::String(std::string(lead.plan)));
  set("country", Value::String(std::string(lead.country)));
  set("industry", Value::String(std::string(lead.industry)));
  set("integrations", Value::Number(lead.integrations));
  set("is_trial", Value::Bool(lead.is_trial));
  set("email_domain", Value::String(std::string(lead.email_domain)));
  set("days_since_signup", Value::Number(lead.days_since_signup));
  return account;
}

std::string MatchRuleSetSource(size_t rules, Breadth breadth) {
  Random random(kSeed + (breadth == Breadth::kBroad ? 1 : 0));
  std::string source;
  for (size_t i = 0; i < kNumbers; ++i) {
    StrAppend(&source, "metric ", NumberName(i), ": number\n");
  }
  for (size_t i = 0; i < std::size(kOptionSizes); ++i) {
    StrAppend(&source, "metric ", ChoiceName(i), ": string\n");
  }
  for (size_t i = 0; i < kFlags; ++i) StrAppend(&source, "metric ", FlagName(i), ": bool\n");
  RuleWriter writer(&random, breadth);
  for (size_t i = 0; i < rules; ++i) {
    StrAppend(&source, "rule r", i, " { when ", writer.Condition(), " }\n");
  }
  return source;
}

std::vector<Account> MatchAccounts(const CheckedRuleSet& rule_set, size_t count,
                                   int missing_percent) {
  Random random(kSeed + 2);
  std::vector<Account> accounts;
  for (size_t n = 0; n < count; ++n) {
    Account account(rule_set);
    const auto set = [&](const std::string& name, Value value) {
      if (random.Chance(missing_percent / 100.0)) return;
      account.Set(*rule_set.FindMetric(name), std::move(value));
    };
    for (size_t i = 0; i < kNumbers; ++i) {
      set(NumberName(i), Value::Number(std::floor(NumberAt(i, random.Unit()))));
    }
    for (size_t i = 0; i < std::size(kOptionSizes); ++i) {
      set(ChoiceName(i), Value::String(OptionName(i, Skewed(&random, kOptionSizes[i]))));
    }
    for (size_t i = 0; i < kFlags; ++i) set(FlagName(i), Value::Bool(random.Chance(0.5)));
    accounts.push_back(std::move(account));
  }
  return accounts;
}

std::vector<SourceText> SourcesOf(std::string_view text) {
  constexpr size_t kMaxBytes = 1 << 20;
  std::vector<SourceText> sources;
  while (!text.empty()) {
    size_t size = text.size();
    if (size > kMaxBytes) size = text.rfind('\n', kMaxBytes) + 1;
    sources.push_back(
        {StrCat("benchmark", 1'000 + sources.size(), ".pql"), std::string(text.substr(0, size))});
    text.remove_prefix(size);
  }
  return sources;
}

std::shared_ptr<const RuleSet> CompileOrDie(std::string_view source) {
  CompileResult result = CompileRuleSet("benchmark", SourcesOf(source));
  if (!result.ok()) {
    std::fputs(
        RenderHuman(result.rule_set->sources, result.diagnostics, result.dropped, {}).c_str(),
        stderr);
    std::abort();
  }
  return result.rule_set;
}

const RuleSet& MatchRuleSet(size_t rules, Breadth breadth) {
  static auto& kept = *new std::map<std::pair<size_t, Breadth>, std::shared_ptr<const RuleSet>>();
  std::shared_ptr<const RuleSet>& rule_set = kept[{rules, breadth}];
  if (rule_set == nullptr) rule_set = CompileOrDie(MatchRuleSetSource(rules, breadth));
  return *rule_set;
}

}  // namespace pql::bench
