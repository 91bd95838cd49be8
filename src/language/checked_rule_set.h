// A rule set after checking: the declarations by kind, names resolved to indices.
//
// Plain data that owns everything but the functions (the registry it was checked with must outlive
// it).  Immutable after the checker made it; then thread-safe.

#ifndef PQL_LANGUAGE_CHECKED_RULE_SET_H_
#define PQL_LANGUAGE_CHECKED_RULE_SET_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/shared_list.h"
#include "diagnostics/source.h"
#include "language/typed_expression.h"

namespace pql {

enum class MetricKind : uint8_t {
  kNone,
  kProduct,
  kHandRaise,
  kMarketing,
  kSales,
  kBilling,
  kProfile
};
std::string_view MetricKindName(MetricKind kind);  // "product"; "" for kNone
std::optional<MetricKind> FindMetricKind(std::string_view name);

struct Metric {
  std::string name;
  Type type;
  std::optional<Value> default_value;
  MetricKind kind = MetricKind::kNone;
  std::string doc;
  SourceRange name_range;
  SourceRange range;
};

struct Define {
  std::string name;
  bool is_output = false;
  bool reads_clock = false;  // it, or what it depends on, mentions the clock
  TypedExpression value;
  SourceRange name_range;
  SourceRange range;
};

struct ScorecardLine {
  double points = 0;                         // negative for `subtract`
  std::optional<TypedExpression> condition;  // `when COND`, or else:
  std::optional<TypedExpression> per_value;  // the EXPR of `per M of EXPR`, a number or duration
  double per = 1;                            // M, in microseconds for a duration
  std::optional<double> up_to;               // at most this many points (before the sign)
  SourceRange range;
};

struct Scorecard {
  std::string name;
  std::string title;
  bool reads_clock = false;  // as of a define
  std::optional<double> cap;
  std::optional<double> floor;
  std::vector<ScorecardLine> lines;
  SourceRange name_range;
  SourceRange range;
};

enum class RuleMode : uint8_t { kActive, kShadow, kDraft };
std::string_view RuleModeName(RuleMode mode);
std::optional<RuleMode> FindRuleMode(std::string_view name);

struct Rule {
  std::string name;
  std::string title;
  std::string description;
  std::string owner;
  std::vector<std::string> tags;
  std::optional<uint32_t> stage;  // index into CheckedRuleSet::stages
  RuleMode mode = RuleMode::kActive;
  bool reads_clock = false;  // as of a define; whether its score does, does not count
  TypedExpression when;
  std::optional<TypedExpression> unless;
  std::optional<TypedExpression> keep_while;
  std::optional<Timestamp> active_from;   // included
  std::optional<Timestamp> active_until;  // excluded
  std::optional<TypedExpression> score;
  SourceRange name_range;
  SourceRange range;
};

struct Given {
  uint32_t metric = 0;
  Value value;                       // when not relative to the clock
  std::optional<Duration> from_now;  // `now` is 0, `now - 3d` is negative
  SourceRange range;
};

struct Test {
  std::string name;
  std::optional<Timestamp> at;
  std::vector<Given> given;
  std::vector<uint32_t> previously;  // rules
  std::vector<TypedExpression> expects;
  // Some expression that `given` or `expect` depends on reads the clock, so `at` is needed.
  bool reads_clock = false;
  SourceRange name_range;
  SourceRange range;
};

// Something that has a value of its own: evaluated once an evaluation.
struct Item {
  enum class Kind : uint8_t { kDefine, kScorecard, kRule };
  Kind kind = Kind::kDefine;
  uint32_t index = 0;
  friend bool operator==(const Item&, const Item&) = default;
};

// Versions of a rule set of which only rules differ share the rest.
struct CheckedRuleSet {
  SharedList<Metric> metrics;  // in order of name, as are the next three
  SharedList<Define> defines;  // outputs included
  SharedList<Scorecard> scorecards;
  SharedList<Rule> rules;
  std::vector<std::string> stages;  // from low to high
  SourceRange stages_range;
  SharedList<Test> tests;  // in order of file and offset
  // Each item after everything that it depends on.
  std::vector<Item> evaluation_order;
  // Rules that name other rules themselves, ascending.
  std::vector<uint32_t> rules_naming_rules;
  // Whether any define or scorecard names a rule.
  bool values_name_rules = false;

  std::optional<uint32_t> FindMetric(std::string_view name) const;
  std::optional<uint32_t> FindRule(std::string_view name) const;
};

// The define, scorecard or rule that a reference names; nothing for other expressions.
inline std::optional<Item> ItemOf(const TypedExpression& node) {
  switch (node.kind) {
    case TypedExpression::Kind::kDefine:
      return Item{Item::Kind::kDefine, node.index};
    case TypedExpression::Kind::kScorecard:
      return Item{Item::Kind::kScorecard, node.index};
    case TypedExpression::Kind::kRule:
      return Item{Item::Kind::kRule, node.index};
    default:
      return std::nullopt;
  }
}

// Calls `visit(expression)` for each expression of an item that decides what it comes to: all but
// the score of a rule.
template <typename Visit>
void ForEachCondition(const CheckedRuleSet& rule_set, Item item, const Visit& visit) {
  const auto visit_if_any = [&visit](const std::optional<TypedExpression>& expression) {
    if (expression.has_value()) visit(*expression);
  };
  switch (item.kind) {
    case Item::Kind::kDefine:
      visit(rule_set.defines[item.index].value);
      break;
    case Item::Kind::kScorecard:
      for (const ScorecardLine& line : rule_set.scorecards[item.index].lines) {
        visit_if_any(line.condition);
        visit_if_any(line.per_value);
      }
      break;
    case Item::Kind::kRule: {
      const Rule& rule = rule_set.rules[item.index];
      visit(rule.when);
      visit_if_any(rule.unless);
      visit_if_any(rule.keep_while);
      break;
    }
  }
}

// The same for every expression of the item, the score of a rule last.
template <typename Visit>
void ForEachExpression(const CheckedRuleSet& rule_set, Item item, const Visit& visit) {
  ForEachCondition(rule_set, item, visit);
  if (item.kind != Item::Kind::kRule) return;
  const std::optional<TypedExpression>& score = rule_set.rules[item.index].score;
  if (score.has_value()) visit(*score);
}

}  // namespace pql

#endif  // PQL_LANGUAGE_CHECKED_RULE_SET_H_
