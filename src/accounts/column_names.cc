#include "accounts/column_names.h"

#include <algorithm>

#include "accounts/metric_value.h"
#include "base/ascii.h"
#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

constexpr size_t kMaxUnknown = 20;

}  // namespace

ColumnNames::ColumnNames(const CheckedRuleSet& rule_set, const AccountReaderOptions& options)
    : rule_set_(rule_set), strict_(options.strict) {
  for (uint32_t i = 0; i < rule_set.metrics.size(); ++i) {
    targets_[rule_set.metrics[i].name].metric = i;
  }
  if (!options.id_column.empty()) targets_[ToNfc(options.id_column)].is_id = true;
  if (!options.held_column.empty()) targets_[ToNfc(options.held_column)].is_held = true;
}

const ColumnTarget* ColumnNames::Find(std::string_view name) const {
  auto found = targets_.find(name);
  if (found == targets_.end() && !IsAscii(name)) found = targets_.find(ToNfc(name));
  return found == targets_.end() ? nullptr : &found->second;
}

absl::Status ColumnNames::NoteUnknown(std::string_view name) {
  if (strict_) {
    return absl::InvalidArgumentError(ToAbsl(
        StrCat(ShownText(name), " is no metric of the rule set", SuggestMetric(rule_set_, name))));
  }
  if (unknown_.size() < kMaxUnknown &&
      std::find(unknown_.begin(), unknown_.end(), name) == unknown_.end()) {
    unknown_.emplace_back(name);
  }
  return absl::OkStatus();
}

std::string SuggestMetric(const CheckedRuleSet& rule_set, std::string_view name) {
  std::vector<std::string_view> names;
  names.reserve(rule_set.metrics.size());
  for (const Metric& metric : rule_set.metrics) names.push_back(metric.name);
  const std::string_view nearest = NearestWord(name, names);
  return nearest.empty() ? "" : StrCat("; did you mean ", ShownText(nearest), "?");
}

}  // namespace pql
