#include "engine/rule_validation.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "diagnostics/diagnostic_table.h"
#include "engine/error.h"
#include "engine/evaluation.h"

namespace pql {
namespace {

bool IsGoodPath(std::string_view path) {
  for (const absl::string_view part : absl::StrSplit(ToAbsl(path), '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return !FindInvalidUtf8(path).has_value();
}

absl::Status CheckFiles(const std::vector<SourceText>& files, size_t max_bytes) {
  std::set<std::string_view> paths;
  size_t total = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    const std::string field = StrCat("files[", i, "].path");
    if (!IsGoodPath(files[i].name)) {
      return InvalidField(field, StrCat("got \"", EscapeUnprintable(files[i].name),
                                        "\"; a path looks like \"metrics.pql\" or "
                                        "\"emea/teams.pql\""));
    }
    if (!paths.insert(files[i].name).second) {
      return InvalidField(field, StrCat("\"", files[i].name, "\" comes twice"));
    }
    total += files[i].text.size();
  }
  if (total > max_bytes) {
    return LimitExceeded(absl::StatusCode::kInvalidArgument, "source bytes", "--max-source-bytes",
                         total, max_bytes,
                         StrCat("sources of ", total, " bytes are more than the limit"));
  }
  return absl::OkStatus();
}

// The newest sources of a rule set, whether they compile or not.
void AddCurrentFiles(const RuleSetState& state, std::vector<SourceText>* files) {
  const RuleSet* newest = state.rule_set.get();
  if (state.failure != nullptr && state.failure->rule_set != nullptr) {
    newest = state.failure->rule_set.get();
  }
  if (newest == nullptr) return;
  for (FileId id = 0; id < newest->sources.size(); ++id) {
    const SourceFile& file = newest->sources.file(id);
    files->push_back({file.name(), std::string(file.text())});
  }
}

absl::StatusOr<std::set<DiagnosticKind>> ParseAllow(const std::vector<std::string>& names) {
  std::set<DiagnosticKind> kinds;
  for (const std::string& name : names) {
    const DiagnosticInfo* info = FindDiagnostic(name);
    if (info == nullptr) {
      return InvalidField("allow", StrCat("no warning named `", EscapeUnprintable(name), "`"));
    }
    if (info->severity == Severity::kError) {
      return InvalidField("allow",
                          StrCat("`", info->name, "` is an error, which can't be allowed"));
    }
    kinds.insert(info->kind);
  }
  return kinds;
}

}  // namespace

absl::StatusOr<CompileResult> ValidateRules(const Snapshot& snapshot, ValidationRequest request,
                                            const Limits& limits, const CompileOptions& options) {
  PQL_RETURN_IF_ERROR(CheckFiles(request.files, limits.max_source_bytes));
  PQL_ASSIGN_OR_RETURN(const std::set<DiagnosticKind> allowed, ParseAllow(request.allow));
  if (!request.rule_set.empty()) {
    PQL_ASSIGN_OR_RETURN(const RuleSetState* state, FindRuleSet(snapshot, request.rule_set));
    AddCurrentFiles(*state, &request.files);
  }
  CompileResult result =
      CompileRuleSet(std::move(request.rule_set), std::move(request.files), options);
  std::erase_if(result.diagnostics, [&allowed](const Diagnostic& diagnostic) {
    return allowed.contains(diagnostic.kind);
  });
  return result;
}

}  // namespace pql
