#include "tests/testing/random_columns.h"

#include <algorithm>
#include <limits>
#include <map>

namespace pql::testing {
namespace {

void SetBit(std::vector<uint8_t>* bitmap, size_t row) {
  (*bitmap)[row / 8] = static_cast<uint8_t>((*bitmap)[row / 8] | 1U << (row % 8));
}

}  // namespace

RandomColumns::RandomColumns(Random* random, const CheckedRuleSet& rule_set,
                             std::span<const Account> accounts,
                             std::span<const std::vector<bool>> held,
                             std::span<const size_t> rows) {
  columns_.row_count = rows.size();
  for (uint32_t metric = 0; metric < rule_set.metrics.size(); ++metric) {
    AddMetric(random, rule_set.metrics[metric], metric, accounts, rows);
  }
  for (uint32_t rule = 0; rule < rule_set.rules.size(); ++rule) {
    std::vector<uint8_t>& bitmap = bitmaps_.emplace_back((rows.size() + 7) / 8);
    size_t count = 0;
    for (size_t row = 0; row < rows.size(); ++row) {
      const std::vector<bool>& by_rule = held[rows[row]];
      if (rule >= by_rule.size() || !by_rule[rule]) continue;
      SetBit(&bitmap, row);
      ++count;
    }
    if (count == 0 && random->OneIn(2)) continue;
    const bool all = count == rows.size() && random->OneIn(2);
    columns_.held.push_back({rule, all ? nullptr : bitmap.data()});
  }
  // The order of columns means nothing.
  for (size_t i = columns_.metrics.size(); i > 1; --i) {
    std::swap(columns_.metrics[i - 1], columns_.metrics[random->Below(i)]);
  }
}

void RandomColumns::AddMetric(Random* random, const Metric& metric, uint32_t index,
                              std::span<const Account> accounts, std::span<const size_t> rows) {
  std::vector<uint8_t>& presence = bitmaps_.emplace_back((rows.size() + 7) / 8);
  std::vector<uint8_t>& bools = bitmaps_.emplace_back((rows.size() + 7) / 8);
  // What stands where a row has no value must not matter.
  constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
  const auto no_micros = random->Of({std::numeric_limits<int64_t>::min(), int64_t{0}});
  std::vector<double>& numbers = numbers_.emplace_back(rows.size(), kNoNumber);
  std::vector<int64_t>& micros = micros_.emplace_back(rows.size(), no_micros);
  std::vector<std::string_view>& texts = texts_.emplace_back(rows.size());
  std::vector<Value>& lists = lists_.emplace_back(rows.size());
  size_t present = 0;
  for (size_t row = 0; row < rows.size(); ++row) {
    const Account& account = accounts[rows[row]];
    if (!account.WasSet(index)) {
      if (random->OneIn(2)) SetBit(&bools, row);
      continue;
    }
    ++present;
    SetBit(&presence, row);
    const Value& value = account.Metric(index);
    if (value.IsNumber()) {
      numbers[row] = value.number() == 0 && random->OneIn(2) ? -0.0 : value.number();
    } else if (value.IsBool()) {
      if (value.boolean()) SetBit(&bools, row);
    } else if (value.IsString()) {
      texts[row] = value.string();
    } else if (value.IsTimestamp()) {
      micros[row] = value.timestamp().micros;
    } else if (value.IsDuration()) {
      micros[row] = value.duration().micros;
    } else {
      lists[row] = value;
    }
  }
  if (present == 0 && random->OneIn(2)) return;
  MetricValues values{.metric = index};
  const bool all = present == rows.size() && random->OneIn(2);
  values.presence = all ? nullptr : presence.data();
  values.bools = bools.data();
  values.numbers = numbers.data();
  values.micros = micros.data();
  values.texts = texts;
  values.lists = lists.data();
  if (metric.type.IsText() && random->OneIn(2)) AddCodes(random, &values);
  columns_.metrics.push_back(values);
}

void RandomColumns::AddCodes(Random* random, MetricValues* values) {
  std::vector<std::string_view>& dictionary = texts_.emplace_back();
  // More than what a word of bits can tell apart, now and then.
  if (random->OneIn(3)) dictionary.resize(random->Below(100), "not in the rules");
  std::map<std::string_view, uint32_t> known;
  std::vector<uint32_t>& codes = codes_.emplace_back();
  for (size_t row = 0; row < values->texts.size(); ++row) {
    if (values->presence != nullptr && !BitAt(values->presence, row)) {
      codes.push_back(random->Of({0U, 31U, 32U, 64U, std::numeric_limits<uint32_t>::max()}));
      continue;
    }
    const auto [place, is_new] =
        known.emplace(values->texts[row], static_cast<uint32_t>(dictionary.size()));
    if (is_new) dictionary.push_back(values->texts[row]);
    codes.push_back(place->second);
  }
  values->texts = dictionary;
  values->codes = codes.data();
}

}  // namespace pql::testing
