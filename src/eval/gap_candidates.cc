#include "eval/gap_candidates.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/strings.h"
#include "base/unicode.h"
#include "language/function_registry.h"
#include "language/operators.h"

namespace pql {
namespace {

// Texts and lists longer than this are not proposed.
constexpr int kMaxLength = 1'000;
// More constants than this are not combined with each other.
constexpr size_t kMaxCombined = 5;

bool IsMetric(const TypedExpression& node, uint32_t metric) {
  return node.kind == TypedExpression::Kind::kMetric && node.index == metric;
}

template <typename T>
std::vector<T> Without(std::vector<T> list, const T& element) {
  list.erase(std::remove(list.begin(), list.end(), element), list.end());
  return list;
}

// A text that is none of `taken`.
std::string FreshText(const std::set<std::string>& taken) {
  for (int i = 1;; ++i) {
    std::string text = i == 1 ? "other" : StrCat("other_", i);
    if (!taken.contains(text)) return text;
  }
}

}  // namespace

WorkingAccount::WorkingAccount(const RuleCone& cone, const EvaluationInput& input)
    : cone_(cone), account_(cone.rule_set()), input_(input) {
  for (const uint32_t metric : cone.metrics()) {
    if (input.account->WasSet(metric)) account_.Set(metric, input.account->Metric(metric));
  }
  input_.account = &account_;
}

void WorkingAccount::Set(uint32_t metric, Value value) {
  account_.Set(metric, std::move(value));
  stale_ = true;
}

void WorkingAccount::Update() {
  if (!stale_) return;
  ++evaluations_;
  cone_.EvaluateRule(input_, &evaluation_);
  stale_ = false;
}

bool WorkingAccount::Qualifies() {
  Update();
  return evaluation_.rules[cone_.rule()].outcome == Outcome::kQualified;
}

Value WorkingAccount::ValueOf(const TypedExpression& expression) {
  Update();
  return EvaluateExpression(cone_.rule_set(), expression, input_, evaluation_).value;
}

Value WorkingAccount::ValueIf(uint32_t metric, const Value& value, const Atom& atom) {
  const Value before = account_.WasSet(metric) ? account_.Metric(metric) : Value::Missing();
  const bool was_stale = stale_;
  Set(metric, value);
  // Without names of items in it, the atom looks at metrics only.
  if (!atom.uses_items) stale_ = false;
  Value result = ValueOf(*atom.expression);
  Set(metric, before);
  if (!atom.uses_items) stale_ = was_stale;
  return result;
}

bool WorkingAccount::QualifiesIf(uint32_t metric, const Value& value) {
  const Value before = account_.WasSet(metric) ? account_.Metric(metric) : Value::Missing();
  Set(metric, value);
  const bool qualifies = Qualifies();
  Set(metric, before);
  return qualifies;
}

MetricCandidates::MetricCandidates(const RuleCone& cone) : cone_(cone) {
  for (const Atom& atom : cone.atoms()) {
    std::set<uint32_t> seen_metrics;
    std::set<std::pair<int, uint32_t>> seen_items;
    AddUses(atom, *atom.expression, &seen_metrics, &seen_items);
    for (const uint32_t metric : seen_metrics) {
      uses_[metric].push_back(UseOf(atom, metric));
      CollectConstants(*atom.expression, metric);
    }
  }
  for (const uint32_t metric : cone.metrics()) complete_ = complete_ && IsComplete(metric);
}

// Walks down to metrics, through names, but not into other atoms: what they see of a metric they
// account for themselves.
void MetricCandidates::AddUses(const Atom& atom, const TypedExpression& expression,
                               std::set<uint32_t>* seen_metrics,
                               std::set<std::pair<int, uint32_t>>* seen_items) {
  if (&expression != atom.expression && cone_.FindAtom(&expression) != nullptr) return;
  const auto descend = [&](const TypedExpression& inner) {
    AddUses(atom, inner, seen_metrics, seen_items);
  };
  const CheckedRuleSet& rule_set = cone_.rule_set();
  switch (expression.kind) {
    case TypedExpression::Kind::kMetric:
      seen_metrics->insert(expression.index);
      break;
    case TypedExpression::Kind::kDefine:
      if (seen_items->insert({0, expression.index}).second) {
        descend(rule_set.defines[expression.index].value);
      }
      break;
    case TypedExpression::Kind::kScorecard:
      if (!seen_items->insert({1, expression.index}).second) break;
      for (const ScorecardLine& line : rule_set.scorecards[expression.index].lines) {
        descend(line.condition.has_value() ? *line.condition : *line.per_value);
      }
      break;
    default:
      break;
  }
  for (const TypedExpression& child : expression.children) descend(child);
}

MetricCandidates::Use MetricCandidates::UseOf(const Atom& atom, uint32_t metric) const {
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
  for (const TypedExpression& child : node.children) {
    if (IsMetric(child, metric)) {
      use.simple = true;
    } else {
      use.bounds.push_back(&child);
    }
  }
  // What it is compared with must not change with it.
  for (const TypedExpression* bound : use.bounds) {
    WalkTyped(*bound, [&](const TypedExpression& inner) {
      const bool steady = inner.kind == TypedExpression::Kind::kConstant ||
                          inner.kind == TypedExpression::Kind::kNow ||
                          inner.kind == TypedExpression::Kind::kOperator ||
                          inner.kind == TypedExpression::Kind::kCall ||
                          (inner.kind == TypedExpression::Kind::kMetric && inner.index != metric);
      use.simple = use.simple && steady;
    });
  }
  return use;
}

bool MetricCandidates::IsComplete(uint32_t metric) const {
  const Type& type = cone_.rule_set().metrics[metric].type;
  const auto uses = uses_.find(metric);
  if (uses == uses_.end()) return true;
  return std::all_of(uses->second.begin(), uses->second.end(), [&](const Use& use) {
    const bool finite = type.IsBool() || type.kind() == Type::Kind::kOneOf;
    return finite || (!type.IsList() && use.simple && use.atom->metrics.size() == 1);
  });
}

void MetricCandidates::CollectConstants(const TypedExpression& expression, uint32_t metric) {
  WalkTyped(expression, [&](const TypedExpression& node) {
    if (node.kind == TypedExpression::Kind::kConstant) {
      if (node.constant.IsString()) texts_[metric].insert(node.constant.string());
      if (node.constant.IsNumber()) numbers_[metric].insert(node.constant.number());
    }
    const bool first_present = node.kind == TypedExpression::Kind::kCall &&
                               node.function->missing == FunctionDefinition::Missing::kFirstPresent;
    if (node.Is(Operator::kIsMissing) || node.Is(Operator::kIsPresent) || first_present) {
      presence_tested_.insert(metric);
    }
    if (node.kind == TypedExpression::Kind::kDefine) {
      CollectConstants(cone_.rule_set().defines[node.index].value, metric);
    }
  });
}

// The keys that the metric is compared with in a simple use; hints in any other.
std::vector<int64_t> MetricCandidates::BoundKeys(const Use& use, uint32_t metric,
                                                 WorkingAccount* account) const {
  const Type::Kind kind = cone_.rule_set().metrics[metric].type.kind();
  const TypedExpression& atom = *use.atom->expression;
  const bool last = atom.Is(Operator::kWithinLast);
  const int64_t now = account->input().now.micros;
  std::vector<int64_t> keys;
  for (const TypedExpression* bound : use.bounds) {
    const Value value = account->ValueOf(*bound);
    if (value.IsMissing()) continue;
    int64_t key = 0;
    if (!last && !atom.Is(Operator::kWithinNext)) {
      if (value.IsNumber() || value.IsTimestamp() || value.IsDuration()) {
        keys.push_back(OrderedKey(value));
      } else if (value.IsNumberList()) {
        for (const double number : value.numbers()) {
          keys.push_back(OrderedKey(Value::Number(number)));
        }
      }
    } else if (kind == Type::Kind::kTimestamp && value.IsDuration()) {
      const int64_t span = value.duration().micros;
      const bool overflow =
          last ? __builtin_sub_overflow(now, span, &key) : __builtin_add_overflow(now, span, &key);
      keys.push_back(now);
      if (!overflow) keys.push_back(key);
    } else if (value.IsTimestamp()) {
      keys.push_back(last ? now - value.timestamp().micros : value.timestamp().micros - now);
    }
  }
  return keys;
}

const std::vector<int64_t>& MetricCandidates::CutsOf(Use* use, uint32_t metric,
                                                     WorkingAccount* account) const {
  std::string others;
  for (const uint32_t other : use->atom->metrics) {
    if (other != metric) StrAppend(&others, account->account().Metric(other).ToSource(), ";");
  }
  const auto known = use->cuts.find(others);
  if (known != use->cuts.end()) return known->second;
  const Type::Kind kind = cone_.rule_set().metrics[metric].type.kind();
  std::vector<int64_t> cuts;
  const std::vector<int64_t> bounds = BoundKeys(*use, metric, account);
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
    cuts = FindCuts(kind, origin, bounds, [&](int64_t key) {
      return account->ValueIf(metric, FromOrderedKey(key, kind), *use->atom);
    });
  }
  return use->cuts[others] = std::move(cuts);
}

std::vector<KeyRange> MetricCandidates::Ranges(uint32_t metric, WorkingAccount* account) {
  const KeyRange full = FullRange(cone_.rule_set().metrics[metric].type.kind());
  std::set<int64_t> cuts;
  for (Use& use : uses_[metric]) {
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

std::vector<Value> MetricCandidates::TextCandidates(uint32_t metric,
                                                    const WorkingAccount& account) const {
  std::set<std::string> texts;
  if (const auto found = texts_.find(metric); found != texts_.end()) texts = found->second;
  for (const uint32_t other : cone_.metrics()) {
    const Value& value = account.account().Metric(other);
    if (value.IsString()) texts.insert(value.string());
    if (value.IsStringList()) texts.insert(value.strings().begin(), value.strings().end());
  }
  std::set<std::string> candidates = texts;
  candidates.insert(FreshText(texts));
  candidates.insert("");
  const Value& current = account.account().Metric(metric);
  const std::string present = current.IsString() ? current.string() : "";
  for (const std::string& text : texts) {
    candidates.insert(present + text);
    candidates.insert(text + present);
  }
  if (texts.size() <= kMaxCombined) {
    for (const std::string& a : texts) {
      for (const std::string& b : texts) candidates.insert(a + b);
    }
  }
  if (const auto found = numbers_.find(metric); found != numbers_.end()) {
    for (const double number : found->second) {
      for (const double length : {number - 1, number, number + 1}) {
        if (length < 0 || length > kMaxLength) continue;
        std::string text = present.substr(0, static_cast<size_t>(length));
        text.resize(static_cast<size_t>(length), 'x');
        if (FindInvalidUtf8(text) == std::nullopt) candidates.insert(text);
      }
    }
  }
  std::vector<Value> values;
  for (const std::string& text : candidates) values.push_back(Value::String(text));
  return values;
}

// The present value and the empty list, with and without each element that an atom asks for, and of
// each size that one mentions.
template <typename List, typename ElementAt>
std::vector<Value> ListsAround(const List& present, const List& elements,
                               const std::set<size_t>& sizes, const ElementAt& element_at) {
  std::vector<Value> values = {Value::List(List{})};
  for (const auto& element : elements) {
    List with = Without(present, element);
    values.push_back(Value::List(with));
    with.push_back(element);
    values.push_back(Value::List(with));
  }
  for (const size_t size : sizes) {
    List sized = present;
    if (sized.size() > size) sized.resize(size);
    for (int i = 1; sized.size() < size; ++i) {
      const auto element = element_at(i);
      if (std::find(sized.begin(), sized.end(), element) == sized.end()) sized.push_back(element);
    }
    values.push_back(Value::List(sized));
  }
  return values;
}

std::vector<Value> MetricCandidates::ListCandidates(uint32_t metric,
                                                    WorkingAccount* account) const {
  Value::StringList texts;
  Value::NumberList numbers;
  std::set<size_t> sizes;
  if (const auto found = texts_.find(metric); found != texts_.end()) {
    texts.assign(found->second.begin(), found->second.end());
  }
  if (const auto found = numbers_.find(metric); found != numbers_.end()) {
    numbers.assign(found->second.begin(), found->second.end());
    for (const double number : numbers) {
      for (const double size : {std::ceil(number), std::floor(number) + 1}) {
        if (size >= 0 && size <= kMaxLength) sizes.insert(static_cast<size_t>(size));
      }
    }
  }
  // What `contains` asks for may be another metric's value.
  if (const auto uses = uses_.find(metric); uses != uses_.end()) {
    for (const Use& use : uses->second) {
      if (!use.atom->expression->Is(Operator::kContains)) continue;
      const Value element = account->ValueOf(use.atom->expression->children[1]);
      if (element.IsString()) texts.push_back(element.string());
      if (element.IsNumber()) numbers.push_back(element.number());
    }
  }
  const Value& current = account->account().Metric(metric);
  if (cone_.rule_set().metrics[metric].type.kind() == Type::Kind::kStringList) {
    return ListsAround(current.IsMissing() ? Value::StringList{} : current.strings(), texts, sizes,
                       [](int i) { return StrCat("item_", i); });
  }
  return ListsAround(current.IsMissing() ? Value::NumberList{} : current.numbers(), numbers, sizes,
                     [](int i) { return static_cast<double>(i); });
}

std::vector<Value> MetricCandidates::For(uint32_t index, WorkingAccount* account) {
  const Metric& metric = cone_.rule_set().metrics[index];
  const Value current = account->account().Metric(index);
  std::vector<Value> values;
  if (metric.type.IsOrdered()) {
    for (const KeyRange& range : Ranges(index, account)) {
      values.push_back(NearestValue(range, metric, current, account->input().now));
    }
  } else if (metric.type.IsBool()) {
    values = {Value::Bool(true), Value::Bool(false)};
  } else if (metric.type.kind() == Type::Kind::kOneOf) {
    for (const std::string& option : metric.type.options()) {
      values.push_back(Value::String(option));
    }
  } else if (metric.type.IsList()) {
    values = ListCandidates(index, account);
  } else {
    values = TextCandidates(index, *account);
  }
  if (presence_tested_.contains(index) && !metric.default_value.has_value()) {
    values.push_back(Value::Missing());
  }
  values.erase(std::remove(values.begin(), values.end(), current), values.end());
  return values;
}

}  // namespace pql
