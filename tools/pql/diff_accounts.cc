#include "tools/pql/diff_accounts.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <utility>

#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "eval/interpreter.h"
#include "tools/pql/progress.h"

namespace pql {
namespace {

// One version's reading of the file: the same rows, its own metrics.
class Side {
 public:
  Side(const CheckedRuleSet& rule_set, Timestamp now) : rule_set_(rule_set), now_(now) {}

  absl::Status Open(const std::string& file, const std::string& standard_input,
                    const AccountReaderOptions& options) {
    if (file == "-") {
      input_ = std::make_unique<std::istringstream>(standard_input);
    } else {
      if (IsDirectory(file)) {
        return absl::InvalidArgumentError(StrCat("`", file, "` is a directory"));
      }
      input_ = std::make_unique<std::ifstream>(file, std::ios::binary);
      if (!*input_) {
        return absl::NotFoundError(StrCat("cannot read `", file, "`: ", std::strerror(errno)));
      }
    }
    PQL_ASSIGN_OR_RETURN(reader_, OpenAccounts(rule_set_, input_.get(), options));
    return absl::OkStatus();
  }

  // The id of the next account and the names of the rules that it qualifies for; false at the end.
  absl::StatusOr<bool> Next(std::string* id, std::set<std::string>* qualified) {
    PQL_ASSIGN_OR_RETURN(std::optional<AccountRow> row, reader_->Next());
    if (!row) return false;
    EvaluationInput input = {.account = &row->account, .now = now_};
    for (const std::string& name : row->held) {
      const std::optional<uint32_t> rule = rule_set_.FindRule(name);
      if (!rule) continue;
      input.held.resize(rule_set_.rules.size());
      input.held[*rule] = true;
    }
    const Evaluation done = Evaluate(rule_set_, input);
    qualified->clear();
    for (size_t i = 0; i < rule_set_.rules.size(); ++i) {
      const Rule& rule = rule_set_.rules[i];
      if (rule.mode != RuleMode::kDraft && done.rules[i].outcome == Outcome::kQualified) {
        qualified->insert(rule.name);
      }
    }
    *id = std::move(row->id);
    return true;
  }

  uint64_t bytes_read() const { return reader_->bytes_read(); }

 private:
  const CheckedRuleSet& rule_set_;
  Timestamp now_;
  std::unique_ptr<std::istream> input_;
  std::unique_ptr<AccountReader> reader_;
};

void AddShifts(const std::string& id, const std::set<std::string>& before,
               const std::set<std::string>& after, AccountComparison* result) {
  for (const std::string& rule : after) {
    if (!before.contains(rule)) result->rules[rule].enters.push_back(id);
  }
  for (const std::string& rule : before) {
    if (!after.contains(rule)) result->rules[rule].leaves.push_back(id);
  }
}

}  // namespace

absl::StatusOr<AccountComparison> CompareAccounts(const RuleSet& before, const RuleSet& after,
                                                  const std::string& file,
                                                  const AccountReaderOptions& options,
                                                  Timestamp now, Console* console) {
  std::string standard_input;
  if (file == "-") {
    standard_input.assign(std::istreambuf_iterator<char>(console->in()), {});
  }
  Side old(before.checked, now);
  Side next(after.checked, now);
  PQL_RETURN_IF_ERROR(old.Open(file, standard_input, options));
  PQL_RETURN_IF_ERROR(next.Open(file, standard_input, options));
  AccountComparison result;
  Progress progress(console);
  std::string id;
  std::set<std::string> qualified_before;
  std::set<std::string> qualified_after;
  while (true) {
    const absl::StatusOr<bool> had_row = old.Next(&id, &qualified_before);
    const absl::StatusOr<bool> has_row =
        had_row.ok() ? next.Next(&id, &qualified_after) : had_row.status();
    if (!has_row.ok()) progress.Clear();
    PQL_RETURN_IF_ERROR(has_row.status());
    if (!*had_row || !*has_row) break;
    ++result.accounts;
    AddShifts(id, qualified_before, qualified_after, &result);
    progress.Update(result.accounts, next.bytes_read());
  }
  progress.Clear();
  return result;
}

}  // namespace pql
