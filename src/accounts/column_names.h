// What the head of a CSV column, or the key of a JSON object, stands for.  Part of the readers.
// Keeps a reference to the rule set; not thread-safe (it remembers the unknown names that it met).

#ifndef PQL_ACCOUNTS_COLUMN_NAMES_H_
#define PQL_ACCOUNTS_COLUMN_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "accounts/account_reader.h"

namespace pql {

struct ColumnTarget {
  std::optional<uint32_t> metric;
  bool is_id = false;
  bool is_held = false;
};

class ColumnNames {
 public:
  ColumnNames(const CheckedRuleSet& rule_set, const AccountReaderOptions& options);

  // Null when the name means nothing here.  Compared in NFC.  REQUIRES: valid UTF-8.
  const ColumnTarget* Find(std::string_view name) const;
  // Remembers a name that Find does not know; INVALID_ARGUMENT when the reader is strict.
  absl::Status NoteUnknown(std::string_view name);
  const std::vector<std::string>& unknown() const { return unknown_; }

  const Metric& MetricAt(uint32_t index) const { return rule_set_.metrics[index]; }
  size_t metric_count() const { return rule_set_.metrics.size(); }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  const CheckedRuleSet& rule_set_;
  bool strict_;
  std::unordered_map<std::string, ColumnTarget, Hash, std::equal_to<>> targets_;
  std::vector<std::string> unknown_;
};

// "; did you mean `messages`?", or nothing.
std::string SuggestMetric(const CheckedRuleSet& rule_set, std::string_view name);

}  // namespace pql

#endif  // PQL_ACCOUNTS_COLUMN_NAMES_H_
