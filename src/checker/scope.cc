#include "checker/scope.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"

namespace pql {
namespace {

constexpr Symbol::Kind kMetric = Symbol::Kind::kMetric;
constexpr Symbol::Kind kDefine = Symbol::Kind::kDefine;
constexpr Symbol::Kind kScorecard = Symbol::Kind::kScorecard;
constexpr Symbol::Kind kRule = Symbol::Kind::kRule;

}  // namespace

Scope::Scope(const CheckedRuleSet& rule_set) : rule_set_(rule_set) {
  symbols_.reserve(rule_set.metrics.size() + rule_set.defines.size() + rule_set.scorecards.size());
  const auto add_all = [this](Symbol::Kind kind, const auto& declarations) {
    uint32_t index = 0;
    for (const auto& declaration : declarations) {
      symbols_.emplace(declaration.name, Symbol{.kind = kind, .index = index++});
    }
  };
  add_all(kMetric, rule_set.metrics);
  add_all(kDefine, rule_set.defines);
  add_all(kScorecard, rule_set.scorecards);
}

std::optional<Symbol> Scope::Find(std::string_view name) const {
  const auto found = symbols_.find(name);
  if (found != symbols_.end()) return found->second;
  const std::optional<uint32_t> rule = rule_set_.FindRule(name);
  if (!rule.has_value()) return std::nullopt;
  return Symbol{.kind = kRule, .index = *rule, .doubtful = doubtful_rules_.contains(name)};
}

Type Scope::TypeOf(const Symbol& symbol) const {
  if (symbol.doubtful) return Type();
  switch (symbol.kind) {
    case kMetric:
      return rule_set_.metrics[symbol.index].type;
    case kDefine:
      return rule_set_.defines[symbol.index].value.type;
    case kScorecard:
      return Type::Number();
    case kRule:
      return Type::Bool();
  }
  return Type();
}

SourceRange Scope::NameRange(const Symbol& symbol) const {
  switch (symbol.kind) {
    case kMetric:
      return rule_set_.metrics[symbol.index].name_range;
    case kDefine:
      return rule_set_.defines[symbol.index].name_range;
    case kScorecard:
      return rule_set_.scorecards[symbol.index].name_range;
    case kRule:
      return rule_set_.rules[symbol.index].name_range;
  }
  return {};
}

std::string_view Scope::Describe(const Symbol& symbol) const {
  switch (symbol.kind) {
    case kMetric:
      return "a metric";
    case kDefine:
      return rule_set_.defines[symbol.index].is_output ? "an output" : "a define";
    case kScorecard:
      return "a scorecard";
    case kRule:
      return "a rule";
  }
  return "";
}

void Scope::MarkDoubtful(std::string_view name) {
  const auto found = symbols_.find(name);
  if (found != symbols_.end()) {
    found->second.doubtful = true;
  } else {
    doubtful_rules_.insert(rule_set_.rules[*rule_set_.FindRule(name)].name);
  }
}

template <typename Visit>
void Scope::ForEachName(const Visit& visit) const {
  for (const Metric& metric : rule_set_.metrics) visit(kMetric, metric.name);
  for (const Define& define : rule_set_.defines) visit(kDefine, define.name);
  for (const Scorecard& scorecard : rule_set_.scorecards) visit(kScorecard, scorecard.name);
  for (const Rule& rule : rule_set_.rules) visit(kRule, rule.name);
}

template <typename Accept>
Guess Scope::NearestWhere(std::string_view name, const Accept& accept) const {
  if (searches_left_ == 0) return {};
  --searches_left_;
  std::vector<std::string_view> names;
  ForEachName([&](Symbol::Kind kind, std::string_view candidate) {
    if (accept(kind)) names.push_back(candidate);
  });
  std::sort(names.begin(), names.end());
  for (const std::string_view candidate : names) {
    if (EqualIgnoringCase(candidate, name)) return {candidate, IsEvident(candidate, name, names)};
  }
  const std::string suffix = StrCat(".", name);
  for (const std::string_view candidate : names) {
    if (candidate.ends_with(suffix)) return {candidate};
  }
  const std::string_view nearest = NearestWord(name, names);
  return {nearest, !nearest.empty() && IsEvident(nearest, name, names)};
}

Guess Scope::Nearest(std::string_view name) const {
  return NearestWhere(name, [](Symbol::Kind) { return true; });
}

Guess Scope::Nearest(std::string_view name, Symbol::Kind kind) const {
  return NearestWhere(name, [kind](Symbol::Kind candidate) { return candidate == kind; });
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(ToAbsl(a), ToAbsl(b));
}

}  // namespace pql
