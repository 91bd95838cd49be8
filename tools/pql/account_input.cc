#include "tools/pql/account_input.h"

#include <iterator>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/unicode.h"

namespace pql {
namespace {

constexpr size_t kMaxNotedUnknown = 5;

}  // namespace

absl::StatusOr<AccountRow> ReadAccount(const CheckedRuleSet& rule_set, const std::string& file,
                                       const AccountReaderOptions& options, Console* console,
                                       std::vector<std::string>* unknown) {
  std::string text;
  if (file == "-") {
    text.assign(std::istreambuf_iterator<char>(console->in()), std::istreambuf_iterator<char>());
  } else {
    PQL_ASSIGN_OR_RETURN(text, ReadFile(file, options.max_row_bytes));
  }
  absl::StatusOr<AccountRow> row = ReadJsonAccount(rule_set, text, options, unknown);
  if (row.ok()) return row;
  return absl::Status(row.status().code(), StrCat(file == "-" ? "standard input" : file, ": ",
                                                  FromAbsl(row.status().message())));
}

void NoteUnknownMetrics(const CheckedRuleSet& rule_set, const std::string& rule_set_id,
                        const std::vector<std::string>& names, Console* console) {
  std::vector<std::string_view> known;
  for (const Metric& metric : rule_set.metrics) known.push_back(metric.name);
  for (size_t i = 0; i < names.size(); ++i) {
    if (i == kMaxNotedUnknown) {
      console->Note(StrCat("and ", names.size() - i, " more"));
      break;
    }
    const std::string_view nearest = NearestWord(names[i], known);
    console->Note(StrCat("`", EscapeUnprintable(names[i]), "` is no metric of rule set ",
                         rule_set_id, " and is ignored",
                         nearest.empty() ? "" : StrCat("; did you mean `", nearest, "`?")));
  }
}

std::optional<Timestamp> EvaluationTime(const std::string& at, Console* console) {
  if (at.empty()) return Timestamp{absl::ToUnixMicros(Clock::System().Now())};
  const std::optional<int64_t> micros = ParseTimestamp(at);
  if (micros.has_value()) return Timestamp{*micros};
  console->Fail(StrCat("--at: `", at, "` is no time such as 2026-03-01T08:30:00Z"));
  return std::nullopt;
}

}  // namespace pql
