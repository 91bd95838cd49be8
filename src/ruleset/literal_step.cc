#include "ruleset/literal_step.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace pql {
namespace {

// Beyond, doubles are more than one apart.
constexpr double kLargestExact = 9'007'199'254'740'992;

struct Suffix {
  std::string_view text;
  double multiplier;
};
constexpr std::array<Suffix, 9> kSuffixes = {{{"", 1},
                                              {"KB", 1e3},
                                              {"MB", 1e6},
                                              {"GB", 1e9},
                                              {"TB", 1e12},
                                              {"KiB", 1024.0},
                                              {"MiB", 1024.0 * 1024},
                                              {"GiB", 1024.0 * 1024 * 1024},
                                              {"TiB", 1024.0 * 1024 * 1024 * 1024}}};

void StepNumber(std::string_view spelling, std::vector<SteppedLiteral>* steps) {
  const size_t end = std::min(spelling.find_first_not_of("0123456789_."), spelling.size());
  const std::string_view suffix = spelling.substr(end);
  std::string digits(spelling.substr(0, end));
  std::erase(digits, '_');
  const size_t point = std::min(digits.find('.'), digits.size());
  const size_t decimals = point == digits.size() ? 0 : digits.size() - point - 1;
  std::erase(digits, '.');
  const std::optional<double> scaled = ParseNumber(digits);
  if (!scaled.has_value() || *scaled >= kLargestExact) return;
  const double scale = std::pow(10.0, static_cast<double>(decimals));
  for (const double stepped : {*scaled - 1, *scaled + 1}) {
    const std::string text = StrCat(FormatGroupedNumber(stepped / scale), suffix);
    if (suffix == "%") {
      steps->push_back({text, Value::Number(stepped / (scale * 100))});
      continue;
    }
    const auto* known = std::find_if(kSuffixes.begin(), kSuffixes.end(),
                                     [suffix](const Suffix& row) { return row.text == suffix; });
    if (known == kSuffixes.end()) return;
    steps->push_back({text, Value::Number(stepped / scale * known->multiplier)});
  }
}

void StepDuration(std::string_view spelling, Duration value, std::vector<SteppedLiteral>* steps) {
  int64_t step = kMicrosPerSecond;
  const char unit = spelling.empty() ? 's' : spelling.back();
  if (unit == 'm') step = kMicrosPerMinute;
  if (unit == 'h') step = kMicrosPerHour;
  if (unit == 'd') step = kMicrosPerDay;
  if (unit == 'w') step = 7 * kMicrosPerDay;
  for (const int64_t change : {-step, step}) {
    int64_t micros = 0;
    if (__builtin_add_overflow(value.micros, change, &micros)) continue;
    const std::string text =
        unit == 'w' && micros > 0 ? StrCat(micros / step, "w") : FormatDuration(micros);
    steps->push_back({text, Value::Span(Duration{micros})});
  }
}

void StepTimestamp(std::string_view spelling, Timestamp value, std::vector<SteppedLiteral>* steps) {
  const bool is_date = spelling.find_first_of("Tt") == std::string_view::npos;
  const int64_t step = is_date ? kMicrosPerDay : kMicrosPerSecond;
  for (const int64_t change : {-step, step}) {
    Value stepped = Value::Time(Timestamp{value.micros + change});
    if (stepped.IsMissing()) continue;
    const std::string text = FormatTimestampLiteral(stepped.timestamp().micros);
    steps->push_back({text, std::move(stepped)});
  }
}

}  // namespace

std::vector<SteppedLiteral> StepLiteral(std::string_view spelling, const Value& value) {
  std::vector<SteppedLiteral> steps;
  if (value.IsNumber()) StepNumber(spelling, &steps);
  if (value.IsDuration()) StepDuration(spelling, value.duration(), &steps);
  if (value.IsTimestamp()) StepTimestamp(spelling, value.timestamp(), &steps);
  return steps;
}

}  // namespace pql
