#include "eval/gap_candidates.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/strings.h"
#include "eval/pattern_example.h"
#include "eval/standing.h"
#include "language/function_registry.h"
#include "language/operators.h"

namespace pql {
namespace {

// More constants than this are not combined with each other.
constexpr size_t kMaxCombined = 5;
// More expressions than these, counted again for each atom below which they stand, are not looked
// at.
constexpr size_t kMaxLooks = size_t{1} << 22;

bool AnotherIsMissing(const Atom& atom, uint32_t metric, const WorkingAccount& account) {
  return std::any_of(atom.metrics->begin(), atom.metrics->end(), [&](uint32_t other) {
    return other != metric && account.account().Metric(other).IsMissing();
  });
}

// Where nothing is known, amounts from zero up come first, the least of them before the others.
void SortByAmount(std::vector<Value>* values) {
  const auto rank = [](const Value& value) {
    const int64_t key = OrderedKey(value);
    return std::pair(key < 0, key < 0 ? -(key + 1) : key);
  };
  std::stable_sort(values->begin(), values->end(),
                   [&](const Value& a, const Value& b) { return rank(a) < rank(b); });
}

// A text that is none of `taken`.
std::string FreshText(const std::set<std::string>& taken) {
  for (int i = 1;; ++i) {
    std::string text = i == 1 ? "other" : StrCat("other_", i);
    if (!taken.contains(text)) return text;
  }
}

}  // namespace

MetricCandidates::MetricCandidates(const RuleCone& cone, int max_evaluations)
    : cone_(cone), max_evaluations_(max_evaluations), looks_left_(kMaxLooks) {
  FindPresenceTests();
  for (const Atom& atom : cone.atoms()) {
    const std::set<uint32_t> seen = MetricsSeenBy(atom);
    if (seen.empty()) continue;
    const Constants constants = ConstantsOf(atom);
    for (const uint32_t metric : seen) {
      uses_[metric].push_back(UseOf(atom, metric));
      if (cone.rule_set().metrics[metric].type.kind() != Type::Kind::kString) continue;
      constants_[metric].texts.insert(constants.texts.begin(), constants.texts.end());
      constants_[metric].parts.insert(constants.parts.begin(), constants.parts.end());
    }
  }
  for (const uint32_t metric : cone.metrics()) complete_ = complete_ && IsComplete(metric);
  complete_ = complete_ && looks_left_ > 0;
}

// A condition whose result is missing can do no more than a decided one, but where that is asked
// for, or where something else takes its place: a line of a scorecard whose condition is missing
// adds nothing.
void MetricCandidates::FindPresenceTests() {
  const auto tests_presence = [](const TypedExpression& node) {
    return node.Is(Operator::kIsMissing) || node.Is(Operator::kIsPresent) ||
           (node.kind == TypedExpression::Kind::kCall &&
            node.function->missing == FunctionDefinition::Missing::kFirstPresent);
  };
  std::vector<size_t> items;  // whose metrics may be better missing
  const auto note = [&](const TypedExpression& node) {
    const std::optional<Item> item = ItemOf(node);
    if (item.has_value()) items.push_back(cone_.IndexOf(*item));
    if (node.kind == TypedExpression::Kind::kMetric) presence_tested_.insert(node.index);
  };
  for (size_t i = 0; i < cone_.items().size(); ++i) {
    if (cone_.items()[i].kind == Item::Kind::kScorecard) items.push_back(i);
    ForEachCondition(cone_.rule_set(), cone_.items()[i], [&](const TypedExpression& root) {
      WalkTyped(root, [&](const TypedExpression& node) {
        if (tests_presence(node)) WalkTyped(node, note);
      });
    });
  }
  for (const size_t item : cone_.WithAllBelow(items)) {
    ForEachCondition(cone_.rule_set(), cone_.items()[item],
                     [&](const TypedExpression& root) { WalkTyped(root, note); });
  }
}

// Walks down to metrics, through names, but not into other atoms: what they see of a metric they
// account for themselves.
std::set<uint32_t> MetricCandidates::MetricsSeenBy(const Atom& atom) {
  std::set<uint32_t> metrics;
  std::set<size_t> items;
  std::vector<const TypedExpression*> pending = {atom.expression};
  while (!pending.empty() && looks_left_ > 0) {
    const TypedExpression& expression = *pending.back();
    pending.pop_back();
    if (&expression != atom.expression && IsAtom(expression)) continue;
    --looks_left_;
    if (expression.kind == TypedExpression::Kind::kMetric) metrics.insert(expression.index);
    const std::optional<Item> item = ItemOf(expression);
    if (item.has_value() && item->kind != Item::Kind::kRule &&
        items.insert(cone_.IndexOf(*item)).second) {
      ForEachCondition(cone_.rule_set(), *item,
                       [&](const TypedExpression& root) { pending.push_back(&root); });
    }
    for (const TypedExpression& child : expression.children) pending.push_back(&child);
  }
  return metrics;
}

MetricCandidates::Use MetricCandidates::UseOf(const Atom& atom, uint32_t metric) {
  Use use;
  use.atom = &atom;
  const TypedExpression& node = *atom.expression;
  use.simple = IsMetric(node, metric);  // a boolean metric as a condition
  if (node.kind != TypedExpression::Kind::kOperator) return use;
  switch (node.op) {
    case Operator::kWithinLast:
    case Operator::kWithinNext:
    case Operator::kIsMissing:
    case Operator::kIsPresent:
      break;
    case Operator::kContains:
      if (!node.children[0].type.IsList() || IsMetric(node.children[0], metric)) return use;
      break;
    default:
      if (!ComparesValues(node.op)) return use;
      break;
  }
  bool moves = false;
  for (const TypedExpression& child : node.children) {
    looks_left_ -= std::min<size_t>(looks_left_, 1);
    use.simple = use.simple || IsMetric(child, metric);
  }
  if (!use.simple) return use;
  for (const TypedExpression& child : node.children) {
    if (IsMetric(child, metric)) continue;
    // What it is compared with must not change with it.
    WalkTyped(child, [&](const TypedExpression& inner) {
      looks_left_ -= std::min<size_t>(looks_left_, 1);
      const bool steady = inner.kind == TypedExpression::Kind::kConstant ||
                          inner.kind == TypedExpression::Kind::kNow ||
                          inner.kind == TypedExpression::Kind::kOperator ||
                          inner.kind == TypedExpression::Kind::kCall ||
                          (inner.kind == TypedExpression::Kind::kMetric && inner.index != metric);
      moves = moves || !steady;
    });
  }
  use.simple = !moves;
  return use;
}

const Mentions& MetricCandidates::MentionsOf(uint32_t metric) {
  if (!mentions_.has_value() || mentions_->metric() != metric) mentions_.emplace(cone_, metric);
  return *mentions_;
}

bool MetricCandidates::IsComplete(uint32_t metric) const {
  const Type& type = cone_.rule_set().metrics[metric].type;
  const auto uses = uses_.find(metric);
  if (uses == uses_.end()) return true;
  return std::all_of(uses->second.begin(), uses->second.end(), [&](const Use& use) {
    const bool finite = type.IsBool() || type.kind() == Type::Kind::kOneOf;
    return finite || (!type.IsList() && use.simple && use.atom->metrics->size() == 1);
  });
}

// Of an atom and the defines below it, also those in other atoms.
MetricCandidates::Constants MetricCandidates::ConstantsOf(const Atom& atom) {
  Constants constants;
  std::set<uint32_t> defines;
  std::vector<const TypedExpression*> pending = {atom.expression};
  while (!pending.empty() && looks_left_ > 0) {
    const TypedExpression& node = *pending.back();
    pending.pop_back();
    --looks_left_;
    if (node.constant.IsString()) constants.texts.insert(node.constant.string());
    if (node.kind == TypedExpression::Kind::kCall && node.type.IsText()) {
      constants.texts.insert({"Other", " other"});  // which case or blanks make another text of
    }
    const bool in_text = node.Is(Operator::kContains) && !node.children[0].type.IsList();
    if (in_text || node.Is(Operator::kStartsWith) || node.Is(Operator::kEndsWith)) {
      const TypedExpression& part = node.children[1];
      if (part.constant.IsString()) constants.parts.insert(part.constant.string());
    } else if (node.Is(Operator::kMatches)) {
      const std::optional<std::string> example = ExampleOf(*node.pattern);
      if (example.has_value()) constants.parts.insert(*example);
    }
    if (node.kind == TypedExpression::Kind::kDefine && defines.insert(node.index).second) {
      pending.push_back(&cone_.rule_set().defines[node.index].value);
    }
    for (const TypedExpression& child : node.children) pending.push_back(&child);
  }
  return constants;
}

const std::vector<int64_t>& MetricCandidates::CutsOf(Use* use, uint32_t metric,
                                                     WorkingAccount* account) {
  std::string others;
  for (const uint32_t other : *use->atom->metrics) {
    if (other != metric) StrAppend(&others, account->account().Metric(other).ToSource(), ";");
  }
  const auto known = use->cuts.find(others);
  if (known != use->cuts.end()) return known->second;
  const Type::Kind kind = cone_.rule_set().metrics[metric].type.kind();
  std::vector<int64_t> bounds;
  for (const Value& value : ValuesThatMatter(*use->atom, MentionsOf(metric), account)) {
    bounds.push_back(OrderedKey(value));
  }
  std::vector<int64_t> cuts;
  if (use->simple) {
    for (const int64_t bound : bounds) {
      cuts.push_back(bound);
      if (bound < FullRange(kind).high) cuts.push_back(bound + 1);
    }
  } else {
    const Value& current = account->account().Metric(metric);
    const int64_t now = account->input().now.micros;
    const int64_t origin = !current.IsMissing()             ? OrderedKey(current)
                           : kind == Type::Kind::kTimestamp ? now
                                                            : 0;
    const Value own = account->OwnValue(metric);
    const Standing standing(*use->atom->expression);
    const auto part_of = [&](const TypedExpression& part) {
      return account->PartOf(*use->atom, part);
    };
    cuts = FindCuts(kind, origin, bounds, [&](int64_t key) {
      account->Set(metric, FromOrderedKey(key, kind));
      return standing.Now(part_of);
    });
    account->Set(metric, own);
    // With another metric missing, any value will do at first but zero, which is no good factor.
    if (cuts.empty() && AnotherIsMissing(*use->atom, metric, *account)) cuts = {0, 1};
    // What a value does may show only when another metric of the atom has changed as well.
    if (use->atom->metrics->size() > 1) cuts.insert(cuts.end(), bounds.begin(), bounds.end());
  }
  return use->cuts[others] = std::move(cuts);
}

std::vector<KeyRange> MetricCandidates::Ranges(uint32_t metric, WorkingAccount* account) {
  return RangesWithin(std::numeric_limits<int>::max(), metric, account);
}

std::vector<KeyRange> MetricCandidates::RangesWithin(int max_evaluations, uint32_t metric,
                                                     WorkingAccount* account) {
  const KeyRange full = FullRange(cone_.rule_set().metrics[metric].type.kind());
  std::set<int64_t> cuts;
  for (Use& use : uses_[metric]) {
    if (account->evaluations() > max_evaluations) break;
    for (const int64_t cut : CutsOf(&use, metric, account)) {
      if (cut > full.low && cut <= full.high) cuts.insert(cut);
    }
  }
  std::vector<KeyRange> ranges;
  int64_t low = full.low;
  for (const int64_t cut : cuts) {
    ranges.push_back({low, cut - 1});
    low = cut;
  }
  ranges.push_back({low, full.high});
  return ranges;
}

KeyRange MetricCandidates::QualifyingRange(uint32_t metric, WorkingAccount* account) {
  const Metric& declared = cone_.rule_set().metrics[metric];
  const Value value = account->account().Metric(metric);
  const std::vector<KeyRange> ranges = Ranges(metric, account);
  size_t own = 0;
  while (own + 1 < ranges.size() && !ranges[own].Contains(OrderedKey(value))) ++own;
  const auto qualifies = [&](size_t i) {
    return account->QualifiesIf(metric,
                                NearestValue(ranges[i], declared, value, account->input().now));
  };
  size_t first = own;
  size_t last = own;
  while (first > 0 && qualifies(first - 1)) --first;
  while (last + 1 < ranges.size() && qualifies(last + 1)) ++last;
  return {ranges[first].low, ranges[last].high};
}

std::vector<Value> MetricCandidates::TextCandidates(uint32_t metric, WorkingAccount* account) {
  std::vector<Value> values;
  std::set<std::string> seen;
  const auto add = [&](const std::string& text) {
    if (seen.insert(text).second) values.push_back(Value::String(text));
  };
  if (const auto uses = uses_.find(metric); uses != uses_.end()) {
    for (const Use& use : uses->second) {
      for (const Value& value : ValuesThatMatter(*use.atom, MentionsOf(metric), account)) {
        add(value.string());
      }
    }
  }
  const auto constants = constants_.find(metric);
  if (constants != constants_.end()) {
    for (const std::string& text : constants->second.texts) add(text);
  }
  add(FreshText(seen));
  add("");
  if (constants != constants_.end() && constants->second.parts.size() <= kMaxCombined) {
    for (const std::string& a : constants->second.parts) {
      for (const std::string& b : constants->second.parts) add(a + b);
    }
  }
  return values;
}

// The empty list, and the present one with each element that is asked for, or without those that
// it has.
template <typename List>
void AddListsAround(const List& present, const List& elements, std::vector<Value>* values) {
  for (const auto& element : elements) {
    List other = present;
    other.erase(std::remove(other.begin(), other.end(), element), other.end());
    if (other.size() == present.size()) other.push_back(element);
    values->push_back(Value::List(std::move(other)));
  }
  values->push_back(Value::List(List{}));
}

std::vector<Value> MetricCandidates::ListCandidates(uint32_t metric, WorkingAccount* account) {
  Value::StringList texts;
  Value::NumberList numbers;
  std::vector<Value> values;
  if (const auto uses = uses_.find(metric); uses != uses_.end()) {
    for (const Use& use : uses->second) {
      for (Value& value : ValuesThatMatter(*use.atom, MentionsOf(metric), account)) {
        values.push_back(std::move(value));
      }
      const TypedExpression& node = *use.atom->expression;
      if (!node.Is(Operator::kContains)) continue;
      const Value element = account->PartOf(*use.atom, node.children[1]);
      if (element.IsString()) texts.push_back(element.string());
      if (element.IsNumber()) numbers.push_back(element.number());
    }
  }
  const Value& current = account->account().Metric(metric);
  if (cone_.rule_set().metrics[metric].type.kind() == Type::Kind::kStringList) {
    AddListsAround(current.IsMissing() ? Value::StringList{} : current.strings(), texts, &values);
  } else {
    AddListsAround(current.IsMissing() ? Value::NumberList{} : current.numbers(), numbers, &values);
  }
  return values;
}

std::vector<Value> MetricCandidates::For(uint32_t index, WorkingAccount* account) {
  const Metric& metric = cone_.rule_set().metrics[index];
  const Value current = account->account().Metric(index);
  std::vector<Value> values;
  if (metric.type.IsOrdered()) {
    for (const KeyRange& range : RangesWithin(max_evaluations_, index, account)) {
      values.push_back(NearestValue(range, metric, current, account->input().now));
    }
    if (current.IsMissing() && metric.type.kind() != Type::Kind::kTimestamp) SortByAmount(&values);
  } else if (metric.type.IsBool()) {
    values = {Value::Bool(true), Value::Bool(false)};
  } else if (metric.type.kind() == Type::Kind::kOneOf) {
    for (const std::string& option : metric.type.options()) {
      values.push_back(Value::String(option));
    }
  } else if (metric.type.IsList()) {
    values = ListCandidates(index, account);
  } else {
    values = TextCandidates(index, account);
  }
  if (presence_tested_.contains(index) && !metric.default_value.has_value()) {
    values.push_back(Value::Missing());
  }
  values.erase(std::remove(values.begin(), values.end(), current), values.end());
  return values;
}

}  // namespace pql
