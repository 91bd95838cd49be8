#include "lint/account_sampler.h"

#include <utility>

#include "eval/pattern_example.h"
#include "lint/expressions.h"
#include "ruleset/test_runner.h"

namespace pql {
namespace {

constexpr unsigned kSeed = 20'260'301;
constexpr int kSamples = 4000;
constexpr size_t kMaxValues = 500;  // of each type
constexpr int64_t kSecond = 1'000'000;

template <typename T>
void AddBounded(T value, std::vector<T>* values) {
  if (values->size() < kMaxValues) values->push_back(std::move(value));
}

}  // namespace

AccountSampler::AccountSampler(std::span<const CheckedRuleSet* const> rule_sets) : random_(kSeed) {
  times_.push_back(kUsualNow.micros);
  for (const CheckedRuleSet* rule_set : rule_sets) Collect(*rule_set);
}

void AccountSampler::Collect(const CheckedRuleSet& rule_set) {
  for (const Metric& metric : rule_set.metrics) {
    metrics_[metric.name] = metric.type;
    if (metric.default_value && metric.default_value->IsNumber()) {
      AddNumber(metric.default_value->number());
    }
  }
  ForEachExpression(rule_set, [this](const TypedExpression& root) { AddConstants(root); });
  for (const Scorecard& scorecard : rule_set.scorecards) {
    for (const ScorecardLine& line : scorecard.lines) {
      if (line.per_value) AddNumber(line.per);
    }
  }
  for (const Rule& rule : rule_set.rules) {
    if (rule.active_from) AddBounded(rule.active_from->micros, &times_);
    if (rule.active_until) AddBounded(rule.active_until->micros, &times_);
  }
  for (const Test& test : rule_set.tests) {
    if (!CanRun(test)) continue;
    const TestInput input(rule_set, test);
    Witness witness;
    witness.now = test.at.value_or(kUsualNow);
    witness.reads_clock = test.reads_clock;
    for (const Given& given : test.given) {
      const std::string& name = rule_set.metrics[given.metric].name;
      const Value& value = input.account.Metric(given.metric);
      witness.values[name] = value;
      AddBounded(value, &given_[name]);
    }
    for (const uint32_t rule : test.previously) witness.held.insert(rule_set.rules[rule].name);
    of_tests_.push_back(std::move(witness));
  }
}

void AccountSampler::AddConstants(const TypedExpression& root) {
  WalkTyped(root, [this](const TypedExpression& node) {
    if (node.pattern != nullptr) {
      if (const auto text = ExampleOf(*node.pattern)) AddBounded(*text, &texts_);
    }
    if (node.kind != TypedExpression::Kind::kConstant) return;
    const Value& value = node.constant;
    if (value.IsNumber()) AddNumber(value.number());
    if (value.IsString()) AddBounded(value.string(), &texts_);
    if (value.IsTimestamp()) AddBounded(value.timestamp().micros, &times_);
    if (value.IsDuration()) {
      for (const int64_t near : {-kSecond, int64_t{0}, kSecond}) {
        AddBounded(value.duration().micros + near, &spans_);
      }
    }
  });
}

void AccountSampler::AddNumber(double number) {
  for (const double near : {number - 1, number, number + 1, number * 2}) {
    AddBounded(near, &numbers_);
  }
}

Value AccountSampler::AnyValue(const Type& type) {
  switch (type.kind()) {
    case Type::Kind::kNumber:
      return Value::Number(OneOf(numbers_));
    case Type::Kind::kBool:
      return Value::Bool(random_() % 2 == 0);
    case Type::Kind::kOneOf:
      return Value::String(OneOf(type.options()));
    case Type::Kind::kString:
      return Value::String(OneOf(texts_));
    case Type::Kind::kDuration:
      return Value::Span({OneOf(spans_)});
    case Type::Kind::kTimestamp:
      return Value::Time({OneOf(times_) + (random_() % 2 == 0 ? -1 : 1) * OneOf(spans_)});
    case Type::Kind::kNumberList: {
      Value::NumberList list;
      for (size_t size = random_() % 4; list.size() < size;) list.push_back(OneOf(numbers_));
      return Value::List(std::move(list));
    }
    case Type::Kind::kStringList: {
      Value::StringList list;
      for (size_t size = random_() % 4; list.size() < size;) list.push_back(OneOf(texts_));
      return Value::List(std::move(list));
    }
    case Type::Kind::kUnknown:
      break;
  }
  return Value::Missing();
}

Witness AccountSampler::AnyAccount() {
  Witness witness;
  witness.now = Timestamp{OneOf(times_)};
  witness.reads_clock = true;
  for (const auto& [name, type] : metrics_) {
    const auto given = given_.find(name);
    const bool from_tests = given != given_.end() && random_() % 4 == 0;
    if (!from_tests && random_() % 6 == 0) continue;  // not sent
    witness.values[name] = from_tests ? OneOf(given->second) : AnyValue(type);
  }
  witness.held_by_itself = random_() % 4 == 0;
  return witness;
}

std::optional<Witness> AccountSampler::Find(
    const std::function<bool(const Witness& witness)>& accept) {
  random_.seed(kSeed);
  std::optional<Witness> found;
  for (const Witness& witness : of_tests_) {
    if (!found && accept(witness)) found = witness;
  }
  for (int i = 0; i < kSamples && !found; ++i) {
    Witness witness = AnyAccount();
    if (accept(witness)) found = std::move(witness);
  }
  if (!found) return std::nullopt;
  // Only what matters is shown.
  const std::map<std::string, Value> values = found->values;
  for (const auto& [name, value] : values) {
    found->values.erase(name);
    if (!accept(*found)) found->values[name] = value;
  }
  return found;
}

}  // namespace pql
