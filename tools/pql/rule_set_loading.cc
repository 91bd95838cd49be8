#include "tools/pql/rule_set_loading.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "diagnostics/render.h"
#include "ruleset/rule_directory.h"

namespace pql {
namespace {

std::string Normal(const std::string& path) {
  std::string text = std::filesystem::path(path).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

}  // namespace

bool RuleSetPath::Includes(const std::string& source_name) const {
  return files.empty() || std::find(files.begin(), files.end(), Normal(source_name)) != files.end();
}

std::string RuleSetPath::Shown() const {
  if (files.empty()) return directory;
  std::string text;
  for (const std::string& file : files) StrAppend(&text, text.empty() ? "" : ", ", file);
  return text;
}

std::string Counted(size_t count, std::string_view noun) {
  return StrCat(count, " ", noun, count == 1 ? "" : "s");
}

CompileOptions CompileOptionsOf(const Console& console) {
  CompileOptions options;
  if (console.functions() != nullptr) options.functions = console.functions();
  return options;
}

absl::StatusOr<CompileResult> CompileDirectory(const std::string& directory,
                                               const Console& console) {
  const CompileOptions options = CompileOptionsOf(console);
  PQL_ASSIGN_OR_RETURN(std::vector<SourceText> sources,
                       ReadRuleDirectory(directory, options.max_total_bytes));
  return CompileRuleSet(RuleSetIdOf(directory), std::move(sources), options);
}

int ReportFindings(const CompileResult& compiled, Console* console) {
  std::vector<Diagnostic> errors;
  for (const Diagnostic& diagnostic : compiled.diagnostics) {
    if (diagnostic.severity() == Severity::kError) errors.push_back(diagnostic);
  }
  console->out().flush();
  console->err() << RenderHuman(compiled.rule_set->sources, errors, compiled.dropped,
                                {.color = console->color_err()})
                 << "\n"
                 << "rule set " << compiled.rule_set->id << ": "
                 << Counted(compiled.error_count, "error") << std::endl;
  return kFindings;
}

std::shared_ptr<const RuleSet> LoadRuleSet(const std::string& path, Console* console, int* status) {
  *status = kFailure;
  const absl::StatusOr<std::vector<std::string>> directories = FindRuleDirectories(path);
  if (!directories.ok()) {
    console->Fail(directories.status());
    return nullptr;
  }
  if (directories->size() != 1) {
    std::string names;
    for (const std::string& name : *directories) StrAppend(&names, names.empty() ? "" : ", ", name);
    console->Fail(StrCat("`", path, "` holds ", directories->size(),
                         " rule sets; name one of them: ", names));
    return nullptr;
  }
  const absl::StatusOr<CompileResult> compiled = CompileDirectory(directories->front(), *console);
  if (!compiled.ok()) {
    console->Fail(compiled.status());
    return nullptr;
  }
  if (!compiled->ok()) {
    *status = ReportFindings(*compiled, console);
    return nullptr;
  }
  *status = kFine;
  return compiled->rule_set;
}

absl::StatusOr<std::vector<RuleSetPath>> ResolvePaths(const std::vector<std::string>& paths) {
  std::vector<RuleSetPath> resolved;
  const auto entry = [&resolved](const std::string& directory) {
    return std::find_if(resolved.begin(), resolved.end(), [&directory](const RuleSetPath& each) {
      return Normal(each.directory) == Normal(directory);
    });
  };
  for (const std::string& path : paths) {
    PQL_ASSIGN_OR_RETURN(const std::vector<std::string> directories, FindRuleDirectories(path));
    const bool is_file = !IsDirectory(path);
    if (is_file && !path.ends_with(".pql")) {
      return absl::InvalidArgumentError(
          ToAbsl(StrCat("`", path, "` is neither a directory nor a *.pql file")));
    }
    for (const std::string& directory : directories) {
      auto found = entry(directory);
      if (found == resolved.end()) {
        resolved.push_back({directory, {}});
        if (is_file) resolved.back().files.push_back(Normal(path));
      } else if (!is_file) {
        found->files.clear();
      } else if (!found->files.empty()) {
        found->files.push_back(Normal(path));
      }
    }
  }
  return resolved;
}

}  // namespace pql
