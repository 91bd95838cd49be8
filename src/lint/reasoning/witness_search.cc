#include "lint/reasoning/witness_search.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/time_text.h"
#include "eval/metric_axis.h"
#include "eval/pattern_example.h"

namespace pql {
namespace {

using Kind = Type::Kind;
using About = AxisMeaning::Subject;

constexpr unsigned kSeed = 20'260'301;
constexpr int kMaxPaths = 32;
// Attempts for a way on which everything can be chosen, and for one that something is computed on.
constexpr int kAttempts = 4;
constexpr int kAttemptsIfComputed = 24;

KeyRange Intersect(KeyRange a, KeyRange b) {
  return {std::max(a.low, b.low), std::min(a.high, b.high)};
}

}  // namespace

WitnessSearch::WitnessSearch(std::span<const CheckedRuleSet* const> rule_sets,
                             const DiagramStore& diagrams, const Terms& terms)
    : rule_sets_(rule_sets.begin(), rule_sets.end()),
      diagrams_(diagrams),
      terms_(terms),
      random_(kSeed) {}

std::optional<Witness> WitnessSearch::Find(DiagramId diagram, DiagramId terminal,
                                           const Accept& accept) {
  if (diagram == kTooLarge) return std::nullopt;
  random_.seed(kSeed);
  std::optional<Witness> found;
  diagrams_.ForEachPath(diagram, terminal, kMaxPaths, [&](std::span<const Supposition> path) {
    const bool computed = std::any_of(path.begin(), path.end(), [&](const Supposition& s) {
      return terms_.MeaningOf(s.axis).subject == About::kComputed;
    });
    const int attempts = computed ? kAttemptsIfComputed : kAttempts;
    for (int attempt = 0; attempt < attempts && !found.has_value(); ++attempt) {
      std::optional<Witness> witness = FromPath(path, attempt);
      if (witness.has_value() && accept(*witness)) found = Stripped(*std::move(witness), accept);
    }
    return found.has_value();
  });
  return found;
}

std::optional<Witness> WitnessSearch::FromPath(std::span<const Supposition> path, int attempt) {
  Witness witness;
  witness.now = kUsualNow;
  for (const Supposition& supposition : path) {
    const AxisMeaning& meaning = terms_.MeaningOf(supposition.axis);
    if (meaning.subject == About::kClock) {
      const int64_t usual = kUsualNow.micros;
      witness.now.micros = supposition.range.Contains(usual)
                               ? usual
                               : ChooseKey(meaning, supposition.range, attempt);
      witness.reads_clock = true;
    } else if (meaning.subject == About::kHeldRule && supposition.range.Contains(1)) {
      if (meaning.name.empty()) {
        witness.held_by_itself = true;
      } else {
        witness.held.insert(meaning.name);
      }
    } else if (meaning.subject == About::kDifference) {
      witness.reads_clock |= terms_.MeaningOf(meaning.minuend).subject == About::kClock ||
                             terms_.MeaningOf(meaning.subtrahend).subject == About::kClock;
    }
  }
  // What is left for each metric; times are narrowed one by one by their differences.
  std::map<AxisId, KeyRange> ranges;
  for (const Supposition& s : path) {
    if (terms_.MeaningOf(s.axis).subject == About::kMetric && !s.missing) ranges[s.axis] = s.range;
  }
  std::map<AxisId, int64_t> fixed;
  for (auto& [axis, range] : ranges) {
    for (const Supposition& s : path) {
      const AxisMeaning& meaning = terms_.MeaningOf(s.axis);
      if (meaning.subject != About::kDifference) continue;
      const bool is_minuend = meaning.minuend == axis;
      if (!is_minuend && meaning.subtrahend != axis) continue;
      const AxisId other = is_minuend ? meaning.subtrahend : meaning.minuend;
      const bool is_clock = terms_.MeaningOf(other).subject == About::kClock;
      if (!is_clock && !fixed.contains(other)) continue;
      const int64_t at = is_clock ? witness.now.micros : fixed.at(other);
      range = Intersect(range, is_minuend ? KeyRange{at + s.range.low, at + s.range.high}
                                          : KeyRange{at - s.range.high, at - s.range.low});
    }
    if (range.low > range.high) return std::nullopt;
    const AxisMeaning& meaning = terms_.MeaningOf(axis);
    const Value value = ChooseValue(meaning, range, attempt);
    if (meaning.kind == Kind::kTimestamp) fixed[axis] = value.timestamp().micros;
    witness.values[meaning.name] = value;
  }
  return witness;
}

int64_t WitnessSearch::ChooseKey(const AxisMeaning& meaning, KeyRange range, int attempt) {
  const bool ordered = meaning.kind == Kind::kNumber || meaning.kind == Kind::kDuration ||
                       meaning.kind == Kind::kTimestamp;
  const auto nice = [&] {
    if (!ordered) return range.low;
    Metric metric;
    metric.type = Type::OfKind(meaning.kind);
    return OrderedKey(NearestValue(range, metric, Value::Missing(), kUsualNow));
  };
  if (attempt == 0) return nice();
  if (!ordered) return random_() % 2 == 0 ? range.low : range.high;
  if (meaning.kind == Kind::kNumber && random_() % 4 != 0) {
    CollectConstants();
    std::vector<int64_t> inside;
    for (const int64_t key : number_keys_) {
      if (range.Contains(key)) inside.push_back(key);
    }
    if (!inside.empty()) return inside[random_() % inside.size()];
  }
  // A value at an end may be absurd, and is looked at late.
  const uint64_t width = static_cast<uint64_t>(range.high) - static_cast<uint64_t>(range.low);
  if (attempt < kAttempts || width == 0) return nice();
  switch (random_() % 3) {
    case 0:
      return range.low;
    case 1:
      return range.high;
    default:
      return range.low + static_cast<int64_t>(random_() % std::min<uint64_t>(width, 1'000'000));
  }
}

Value WitnessSearch::ChooseValue(const AxisMeaning& meaning, KeyRange range, int attempt) {
  switch (meaning.kind) {
    case Kind::kBool:
      return Value::Bool((range.low == range.high ? range.low : attempt % 2) == 1);
    case Kind::kOneOf:
      return Value::String(meaning.options[static_cast<size_t>(
          attempt == 0
              ? range.low
              : range.low + static_cast<int64_t>(random_() % (range.high - range.low + 1)))]);
    case Kind::kString: {
      CollectConstants();
      const bool anything = range == kTextRange;
      if (attempt > 0 && anything && !texts_.empty()) {
        return Value::String(texts_[random_() % texts_.size()]);
      }
      const bool fresh = attempt % 2 == 1 && range.high == kTextRange.high;
      return Value::String(terms_.TextOfKey(fresh ? range.high : range.low));
    }
    case Kind::kStringList: {
      CollectConstants();
      Value::StringList list;
      for (const std::string& text : texts_) {
        if (list.size() < 4 && attempt > 0 && random_() % 3 == 0) list.push_back(text);
      }
      return Value::List(std::move(list));
    }
    case Kind::kNumberList: {
      CollectConstants();
      Value::NumberList list;
      for (const int64_t key : number_keys_) {
        if (list.size() < 4 && attempt > 0 && random_() % 3 == 0) {
          list.push_back(FromOrderedKey(key, Kind::kNumber).number());
        }
      }
      return Value::List(std::move(list));
    }
    default:
      return FromOrderedKey(ChooseKey(meaning, range, attempt), meaning.kind);
  }
}

// The numbers and texts that the rule sets mention: what computed conditions may turn on.
void WitnessSearch::CollectConstants() {
  if (has_constants_) return;
  has_constants_ = true;
  std::set<std::string> texts = {""};
  std::set<int64_t> keys;
  const auto add_number = [&](double number) {
    for (const double near : {number - 1, number, number + 1}) {
      keys.insert(OrderedKey(Value::Number(near)));
    }
  };
  add_number(0);
  const auto collect = [&](const TypedExpression& root) {
    WalkTyped(root, [&](const TypedExpression& node) {
      if (node.pattern != nullptr) {
        if (const auto text = ExampleOf(*node.pattern)) texts.insert(*text);
      }
      if (node.kind != TypedExpression::Kind::kConstant) return;
      if (node.constant.IsString()) texts.insert(node.constant.string());
      if (node.constant.IsNumber()) add_number(node.constant.number());
    });
  };
  for (const CheckedRuleSet* rule_set : rule_sets_) {
    for (const Define& define : rule_set->defines) collect(define.value);
    for (const Scorecard& scorecard : rule_set->scorecards) {
      for (const ScorecardLine& line : scorecard.lines) {
        collect(line.condition ? *line.condition : *line.per_value);
        if (line.per_value) add_number(line.per);
      }
    }
    for (const Rule& rule : rule_set->rules) {
      collect(rule.when);
      if (rule.unless) collect(*rule.unless);
      if (rule.keep_while) collect(*rule.keep_while);
    }
  }
  texts_.assign(texts.begin(), texts.end());
  number_keys_.assign(keys.begin(), keys.end());
}

Witness WitnessSearch::Stripped(Witness witness, const Accept& accept) {
  Witness simpler = witness;
  simpler.held.clear();
  simpler.held_by_itself = false;
  if (accept(simpler)) witness = std::move(simpler);
  const std::map<std::string, Value> values = witness.values;
  for (const auto& [name, value] : values) {
    witness.values.erase(name);
    if (!accept(witness)) witness.values[name] = value;
  }
  return witness;
}

}  // namespace pql
