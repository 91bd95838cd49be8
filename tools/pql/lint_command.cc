// pql lint: what is wrong with rule sets.

#include <algorithm>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "diagnostics/render.h"
#include "lint/linter.h"
#include "ruleset/rule_directory.h"
#include "tools/pql/commands.h"
#include "tools/pql/lint_fix.h"
#include "tools/pql/rule_set_loading.h"

namespace pql {
namespace {

// The findings about one rule set that are to be shown.
struct Findings {
  std::string place;  // the directory, or the files that were asked for
  std::shared_ptr<const RuleSet> rule_set;
  std::vector<Diagnostic> diagnostics;
  size_t dropped = 0;
  bool dropped_errors = false;  // those dropped are errors
};

// Ranges of a source set whose files were added to another one behind `offset` files.
Diagnostic Shifted(Diagnostic diagnostic, FileId offset) {
  diagnostic.range.file += offset;
  for (RelatedRange& related : diagnostic.related) related.range.file += offset;
  if (diagnostic.fix) {
    for (TextEdit& edit : diagnostic.fix->edits) edit.range.file += offset;
  }
  return diagnostic;
}

size_t Count(const Findings& findings, Severity severity) {
  return static_cast<size_t>(std::count_if(
      findings.diagnostics.begin(), findings.diagnostics.end(),
      [severity](const Diagnostic& diagnostic) { return diagnostic.severity() == severity; }));
}

class LintCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override {
    CLI::App* command = app->add_subcommand("lint", "Check rule sets and show what is wrong");
    command->add_option("PATH", paths_,
                        "Rule-set directories, directories of them, or single files "
                        "(default: rules)");
    command->add_option("--format", format_, "human, json, sarif or github")
        ->check(CLI::IsMember({"human", "json", "sarif", "github"}))
        ->type_name("FORMAT");
    command->add_flag("--fix", fix_, "Put right in place what has a safe fix");
    command->add_flag("--deny-warnings", deny_warnings_, "Let warnings fail, too");
    command->add_option("--allow", allowed_, "Leave out the warnings of this name (repeatable)")
        ->type_name("NAME")
        ->allow_extra_args(false);
    command->add_option("--explain", explain_, "Explain a finding, as in --explain PQL1203")
        ->type_name("CODE");
    command->footer(
        "Examples:\n  pql lint\n  pql lint rules/slack --fix\n  pql lint --explain "
        "unknown-metric");
    return command;
  }

  int Run(Console* console) override;

 private:
  absl::Status ReadAllowed();  // into lint_options_
  int Explain(Console* console) const;
  CompileResult Find(const std::string& directory, std::vector<SourceText> sources) const {
    CompileResult result = CompileRuleSet(RuleSetIdOf(directory), std::move(sources), options_);
    AddLintFindings(lint_options_, &result);
    return result;
  }
  absl::StatusOr<Findings> Lint(const RuleSetPath& path);
  static bool IsWanted(const RuleSetPath& path, const SourceSet& sources,
                       const Diagnostic& diagnostic);
  bool Fails(const Findings& findings) const;
  void Print(const std::vector<Findings>& all, Console* console) const;
  void PrintHuman(const std::vector<Findings>& all, Console* console) const;

  std::vector<std::string> paths_;
  std::string format_ = "human";
  bool fix_ = false;
  bool deny_warnings_ = false;
  std::vector<std::string> allowed_;
  std::string explain_;
  CompileOptions options_;
  LintOptions lint_options_;

  size_t fixed_ = 0;
  std::vector<std::string> fixed_files_;
};

absl::Status UnknownFinding(std::string_view name) {
  std::vector<std::string_view> names;
  for (const DiagnosticInfo& info : AllDiagnostics()) names.push_back(info.name);
  const std::string_view nearest = NearestWord(name, names);
  return absl::InvalidArgumentError(
      ToAbsl(StrCat("there is no finding `", name, "`",
                    nearest.empty() ? "" : StrCat("; did you mean `", nearest, "`?"))));
}

absl::Status LintCommand::ReadAllowed() {
  for (const std::string& name : allowed_) {
    const DiagnosticInfo* info = FindDiagnostic(name);
    if (info == nullptr) return UnknownFinding(name);
    if (info->severity == Severity::kError) {
      return absl::InvalidArgumentError(
          ToAbsl(StrCat("`", name, "` is an error and can't be allowed")));
    }
    lint_options_.allowed.insert(info->kind);
  }
  return absl::OkStatus();
}

int LintCommand::Explain(Console* console) const {
  const DiagnosticInfo* info = FindDiagnostic(explain_);
  if (info == nullptr) return console->Fail(UnknownFinding(explain_));
  const auto indented = [](std::string_view text) {
    std::string out;
    while (!text.empty()) {
      const size_t end = text.find('\n');
      StrAppend(&out, "    ", text.substr(0, end), "\n");
      text = end == std::string_view::npos ? "" : text.substr(end + 1);
    }
    return out;
  };
  console->out() << console->OnOut(Paint::kBold, StrCat(CodeText(info->kind), " ", info->name))
                 << " (" << SeverityName(info->severity) << ")\n\n"
                 << info->explanation << "\n\n"
                 << console->OnOut(Paint::kRed, "wrong") << "\n"
                 << indented(info->wrong) << "\n"
                 << console->OnOut(Paint::kGreen, "right") << "\n"
                 << indented(info->right);
  return kFine;
}

bool LintCommand::IsWanted(const RuleSetPath& path, const SourceSet& sources,
                           const Diagnostic& diagnostic) {
  return path.Includes(sources.file(diagnostic.range.file).name());
}

absl::StatusOr<Findings> LintCommand::Lint(const RuleSetPath& path) {
  PQL_ASSIGN_OR_RETURN(std::vector<SourceText> sources,
                       ReadRuleDirectory(path.directory, options_.max_total_bytes));
  if (fix_) {
    FixResult fixed = FixSources(
        std::move(sources),
        [&](const std::vector<SourceText>& texts) { return Find(path.directory, texts); },
        [&](const SourceSet& set, const Diagnostic& diagnostic) {
          return IsWanted(path, set, diagnostic);
        });
    for (const SourceText& source : fixed.sources) {
      if (std::find(fixed.changed.begin(), fixed.changed.end(), source.name) ==
          fixed.changed.end()) {
        continue;
      }
      PQL_RETURN_IF_ERROR(WriteFileAtomically(source.name, source.text));
      fixed_files_.push_back(source.name);
    }
    fixed_ += fixed.applied;
    sources = std::move(fixed.sources);
  }
  const CompileResult compiled = Find(path.directory, std::move(sources));
  Findings findings{path.Shown(), compiled.rule_set, {}, compiled.dropped, !compiled.ok()};
  for (const Diagnostic& diagnostic : compiled.diagnostics) {
    if (IsWanted(path, compiled.rule_set->sources, diagnostic)) {
      findings.diagnostics.push_back(diagnostic);
    }
  }
  return findings;
}

void LintCommand::PrintHuman(const std::vector<Findings>& all, Console* console) const {
  std::ostream& out = console->out();
  size_t errors = 0;
  size_t warnings = 0;
  std::set<std::string> files;
  for (const Findings& findings : all) {
    const RuleSet& rule_set = *findings.rule_set;
    if (findings.diagnostics.empty() && findings.dropped == 0) {
      out << findings.place << ": " << console->OnOut(Paint::kGreen, "fine") << " ("
          << Counted(rule_set.checked.rules.size(), "rule") << ", "
          << Counted(rule_set.checked.metrics.size(), "metric") << ", "
          << Counted(rule_set.checked.tests.size(), "test") << ")\n";
      continue;
    }
    out << RenderHuman(rule_set.sources, findings.diagnostics, findings.dropped,
                       {.color = console->color_out()})
        << "\n";
    errors += Count(findings, Severity::kError);
    warnings += Count(findings, Severity::kWarning);
    (findings.dropped_errors ? errors : warnings) += findings.dropped;
    for (const Diagnostic& diagnostic : findings.diagnostics) {
      files.insert(rule_set.sources.file(diagnostic.range.file).name());
    }
  }
  if (fixed_ > 0) {
    out << "fixed " << Counted(fixed_, "problem") << " in " << Counted(fixed_files_.size(), "file")
        << "\n";
  }
  if (files.empty()) return;
  std::string summary;
  if (errors > 0) summary = Counted(errors, "error");
  if (warnings > 0) StrAppend(&summary, errors > 0 ? ", " : "", Counted(warnings, "warning"));
  if (summary.empty()) summary = "hints only";
  out << summary << " in " << Counted(files.size(), "file") << "\n";
}

void LintCommand::Print(const std::vector<Findings>& all, Console* console) const {
  if (format_ == "human") return PrintHuman(all, console);
  SourceSet sources;
  std::vector<Diagnostic> diagnostics;
  size_t dropped = 0;
  for (const Findings& findings : all) {
    const FileId offset = static_cast<FileId>(sources.size());
    const SourceSet& own = findings.rule_set->sources;
    for (FileId file = 0; file < own.size(); ++file) {
      sources.AddFile(own.file(file).name(), std::string(own.file(file).text()));
    }
    for (const Diagnostic& diagnostic : findings.diagnostics) {
      diagnostics.push_back(Shifted(diagnostic, offset));
    }
    dropped += findings.dropped;
  }
  if (format_ == "json") {
    console->out() << RenderJson(sources, diagnostics, dropped);
  } else if (format_ == "sarif") {
    console->out() << RenderSarif(sources, diagnostics);
  } else {
    console->out() << RenderGithub(sources, diagnostics);
  }
  if (fixed_ > 0) {
    console->Note(
        StrCat("fixed ", Counted(fixed_, "problem"), " in ", Counted(fixed_files_.size(), "file")));
  }
}

bool LintCommand::Fails(const Findings& findings) const {
  if (Count(findings, Severity::kError) > 0) return true;
  if (findings.dropped > 0 && (findings.dropped_errors || deny_warnings_)) return true;
  return deny_warnings_ && Count(findings, Severity::kWarning) > 0;
}

int LintCommand::Run(Console* console) {
  if (!explain_.empty()) return Explain(console);
  if (const absl::Status status = ReadAllowed(); !status.ok()) return console->Fail(status);
  if (paths_.empty()) paths_ = {"rules"};
  const absl::StatusOr<std::vector<RuleSetPath>> resolved = ResolvePaths(paths_);
  if (!resolved.ok()) return console->Fail(resolved.status());

  options_ = CompileOptionsOf(*console);
  lint_options_.now = Timestamp{absl::ToUnixMicros(Clock::System().Now())};
  std::vector<Findings> all;
  int status = kFine;
  for (const RuleSetPath& path : *resolved) {
    absl::StatusOr<Findings> findings = Lint(path);
    if (!findings.ok()) {
      status = console->Fail(findings.status());
      continue;
    }
    all.push_back(*std::move(findings));
  }
  Print(all, console);
  for (const Findings& findings : all) {
    if (Fails(findings) && status == kFine) status = kFindings;
  }
  return status;
}

}  // namespace

std::unique_ptr<Command> MakeLintCommand() { return std::make_unique<LintCommand>(); }

}  // namespace pql
