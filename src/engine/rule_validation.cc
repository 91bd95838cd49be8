#include "engine/rule_validation.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "diagnostics/diagnostic_table.h"
#include "engine/error.h"
#include "engine/evaluation.h"
#include "engine/rule_content.h"
#include "lint/linter.h"

namespace pql {
namespace {

// What the sources are checked together with: all that the API does not manage of the newest
// version, whether it compiles or not; without `files`, the rest of it as well.
void AddCurrentFiles(const RuleSetState& state, std::vector<SourceText>* files) {
  const bool has_newer = state.failure != nullptr && state.failure->rule_set != nullptr;
  const bool all = files->empty();
  for (const ContentSource& source : has_newer ? state.failure->content : state.content) {
    if (!all && source.api_managed) continue;
    files->push_back({source.path(), std::string(source.file->text())});
  }
}

absl::StatusOr<std::set<DiagnosticKind>> ParseAllow(const std::vector<std::string>& names) {
  std::set<DiagnosticKind> kinds;
  for (const std::string& name : names) {
    const DiagnosticInfo* info = FindDiagnostic(name);
    if (info == nullptr) {
      return InvalidField("allow", StrCat("no warning named `", EscapeAndCut(name), "`"));
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
  PQL_RETURN_IF_ERROR(CheckSentFiles(request.files, limits));
  PQL_ASSIGN_OR_RETURN(std::set<DiagnosticKind> allowed, ParseAllow(request.allow));
  if (!request.rule_set.empty()) {
    PQL_ASSIGN_OR_RETURN(const RuleSetState* state, FindRuleSet(snapshot, request.rule_set));
    AddCurrentFiles(*state, &request.files);
  }
  CompileResult result =
      CompileRuleSet(std::move(request.rule_set), std::move(request.files), options);
  if (request.lint_at) {
    AddLintFindings({.now = request.lint_at,
                     .allowed = std::move(allowed),
                     .max_diagnostics = options.max_diagnostics},
                    &result);
  }
  return result;
}

}  // namespace pql
