#include "eval/gap_candidates.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/strings.h"
#include "base/unicode.h"
#include "language/function_registry.h"

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
  Evaluate();
}

void WorkingAccount::Set(uint32_t metric, Value value) {
  account_.Set(metric, std::move(value));
  Evaluate();
}

void WorkingAccount::Evaluate() {
  ++evaluations_;
  cone_.EvaluateRule(input_, &evaluation_);
}

Value WorkingAccount::ValueOf(const TypedExpression& expression) const {
  return EvaluateExpression(cone_.rule_set(), expression, input_, evaluation_).value;
}

Value WorkingAccount::ValueIf(uint32_t metric, const Value& value,
                              const TypedExpression& expression) {
  const Value before = account_.WasSet(metric) ? account_.Metric(metric) : Value::Missing();
  Set(metric, value);
  Value result = ValueOf(expression);
  Set(metric, before);
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
  Use use{&atom, {}, false};
  const TypedExpression& node = *atom.expression;
  if (IsMetric(node, metric) || node.Is(Operator::kIsMissing) || node.Is(Operator::kIsPresent)) {
    // A boolean metric as a condition, or a test of presence.
    use.simple = IsMetric(node, metric) || IsMetric(node.children[0], metric);
    return use;
  }
  if (node.kind != TypedExpression::Kind::kOperator || node.children.size() < 2) return use;
  const bool comparison = node.op == Operator::kEqual || node.op == Operator::kNotEqual ||
                          node.op == Operator::kLess || node.op == Operator::kLessOrEqual ||
                          node.op == Operator::kGreater || node.op == Operator::kGreaterOrEqual;
  const bool window = node.op == Operator::kWithinLast || node.op == Operator::kWithinNext;
  const bool subject_first = comparison || window || node.op == Operator::kBetween ||
                             node.op == Operator::kIn || node.op == Operator::kNotIn;
  if (!subject_first) return use;
  const size_t subject = comparison && IsMetric(node.children[1], metric) ? 1 : 0;
  if (!IsMetric(node.children[subject], metric)) return use;
  for (size_t i = 0; i < node.children.size(); ++i) {
    if (i == subject) continue;
    bool mentions = false;
    WalkTyped(node.children[i], [&](const TypedExpression& inner) {
      mentions |= inner.kind != TypedExpression::Kind::kConstant &&
                  inner.kind != TypedExpression::Kind::kNow &&
                  inner.kind != TypedExpression::Kind::kOperator &&
                  inner.kind != TypedExpression::Kind::kCall &&
                  !(inner.kind == TypedExpression::Kind::kMetric && inner.index != metric);
    });
    if (mentions) return use;
    use.bounds.push_back(&node.children[i]);
  }
  use.simple = true;
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

std::vector<KeyRange> MetricCandidates::Ranges(uint32_t metric, WorkingAccount* account) {
  const Type::Kind kind = cone_.rule_set().metrics[metric].type.kind();
  const KeyRange full = FullRange(kind);
  std::set<int64_t> cuts;
  const auto add = [&](int64_t key) {
    if (key > full.low && key <= full.high) cuts.insert(key);
  };
  for (const Use& use : uses_[metric]) {
    std::vector<int64_t> hints;
    for (const TypedExpression* bound : use.bounds) {
      const Value value = account->ValueOf(*bound);
      if (value.IsMissing()) continue;
      const TypedExpression& atom = *use.atom->expression;
      const int64_t now = account->input().now.micros;
      int64_t key = OrderedKey(value);
      if (atom.Is(Operator::kWithinLast) || atom.Is(Operator::kWithinNext)) {
        hints.push_back(now);
        if (atom.Is(Operator::kWithinLast) ? __builtin_sub_overflow(now, key, &key)
                                           : __builtin_add_overflow(now, key, &key)) {
          continue;
        }
      }
      hints.push_back(key);
    }
    if (use.simple) {
      for (const int64_t hint : hints) {
        add(hint);
        if (hint < full.high) add(hint + 1);
      }
      continue;
    }
    const Value& current = account->account().Metric(metric);
    const int64_t origin = !current.IsMissing()             ? OrderedKey(current)
                           : kind == Type::Kind::kTimestamp ? account->input().now.micros
                                                            : 0;
    for (const int64_t cut : FindCuts(kind, origin, hints, [&](int64_t key) {
           return account->ValueIf(metric, FromOrderedKey(key, kind), *use.atom->expression);
         })) {
      add(cut);
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

std::vector<Value> MetricCandidates::ListCandidates(uint32_t metric,
                                                    const WorkingAccount& account) const {
  const Value& current = account.account().Metric(metric);
  const Type& type = cone_.rule_set().metrics[metric].type;
  std::vector<Value> values = {type.kind() == Type::Kind::kStringList
                                   ? Value::List(Value::StringList{})
                                   : Value::List(Value::NumberList{})};
  const auto numbers = numbers_.find(metric);
  const auto texts = texts_.find(metric);
  std::set<double> sizes;
  if (numbers != numbers_.end()) {
    for (const double number : numbers->second) {
      for (const double size : {std::ceil(number), std::floor(number) + 1}) {
        if (size >= 0 && size <= kMaxLength) sizes.insert(size);
      }
    }
  }
  const auto add_sizes = [&](auto list, const auto& element_at) {
    for (const double size : sizes) {
      auto sized = list;
      if (sized.size() > size) sized.resize(static_cast<size_t>(size));
      for (int i = 1; sized.size() < size; ++i) {
        const auto element = element_at(i);
        if (std::find(sized.begin(), sized.end(), element) == sized.end()) sized.push_back(element);
      }
      values.push_back(Value::List(sized));
    }
  };
  if (type.kind() == Type::Kind::kStringList) {
    Value::StringList list = current.IsStringList() ? current.strings() : Value::StringList{};
    if (texts != texts_.end()) {
      for (const std::string& text : texts->second) {
        Value::StringList with = Without(list, text);
        values.push_back(Value::List(with));
        with.push_back(text);
        values.push_back(Value::List(with));
      }
    }
    add_sizes(list, [](int i) { return StrCat("item_", i); });
  } else {
    Value::NumberList list = current.IsNumberList() ? current.numbers() : Value::NumberList{};
    if (numbers != numbers_.end()) {
      for (const double number : numbers->second) {
        Value::NumberList with = Without(list, number);
        values.push_back(Value::List(with));
        with.push_back(number);
        values.push_back(Value::List(with));
      }
    }
    add_sizes(list, [](int i) { return static_cast<double>(i); });
  }
  return values;
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
    values = ListCandidates(index, *account);
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
