// pql fmt: rule files in their canonical form.

#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "diagnostics/render.h"
#include "format/formatter.h"
#include "parser/frontend.h"
#include "tools/pql/commands.h"
#include "tools/pql/rule_set_loading.h"
#include "tools/pql/unified_diff.h"

namespace pql {
namespace {

constexpr std::string_view kStandardInput = "-";

// The files that a PATH names: itself, or every *.pql file below it.
absl::StatusOr<std::vector<std::string>> FilesOf(const std::string& path) {
  if (path == kStandardInput || !IsDirectory(path)) return std::vector<std::string>{path};
  PQL_ASSIGN_OR_RETURN(std::vector<std::string> files, ListFiles(path, ".pql"));
  if (files.empty()) {
    return absl::NotFoundError(ToAbsl(StrCat("there is no *.pql file in `", path, "`")));
  }
  for (std::string& file : files) file = StrCat(path, path.ends_with('/') ? "" : "/", file);
  return files;
}

std::optional<RuleFile> Reparsed(const std::string& text) {
  SourceSet sources;
  DiagnosticSink sink;
  RuleFile file = ParseRuleFile(sources, sources.AddFile("", text), ParseLimits{}, &sink);
  if (sink.has_errors()) return std::nullopt;
  return file;
}

class FmtCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override {
    CLI::App* command = app->add_subcommand("fmt", "Write rule files in their canonical form");
    command->add_option("PATH", paths_,
                        "Files, or directories with *.pql files at any depth (default: rules); "
                        "`-` formats standard input to standard output");
    auto* check = command->add_flag("--check", check_, "Only list what is not formatted");
    command->add_flag("--diff", diff_, "Only show what would change")->excludes(check);
    command->footer(
        "Examples:\n  pql fmt\n  pql fmt rules/slack --diff\n  pql fmt --check   # in CI\n"
        "With --check or --diff, exit status 1 means that some file is not formatted.");
    return command;
  }

  int Run(Console* console) override {
    if (paths_.empty()) paths_ = {"rules"};
    std::set<std::string> seen;
    for (const std::string& path : paths_) {
      const absl::StatusOr<std::vector<std::string>> files = FilesOf(path);
      if (!files.ok()) {
        Worsen(console->Fail(files.status()));
        continue;
      }
      for (const std::string& file : *files) {
        if (seen.insert(file).second) Worsen(Format(file, console));
      }
    }
    Summarize(console);
    return status_;
  }

 private:
  void Worsen(int status) { status_ = std::max(status_, status); }

  absl::StatusOr<std::string> Read(const std::string& path, Console* console) const {
    if (path != kStandardInput) return ReadFile(path, ParseLimits{}.max_bytes);
    std::string text(std::istreambuf_iterator<char>(console->in()), {});
    return text;
  }

  int Format(const std::string& path, Console* console) {
    const absl::StatusOr<std::string> text = Read(path, console);
    if (!text.ok()) return console->Fail(text.status());
    SourceSet sources;
    DiagnosticSink sink;
    const FileId id = sources.AddFile(path == kStandardInput ? "<standard input>" : path, *text);
    const RuleFile file = ParseRuleFile(sources, id, ParseLimits{}, &sink);
    if (sink.has_errors()) return ReportErrors(sources, &sink, console);
    const absl::StatusOr<std::string> formatted = FormatChecked(sources.file(id), file, Reparsed);
    if (!formatted.ok()) return console->Fail(formatted.status());
    return Deliver(path, sources.file(id).name(), *text, *formatted, console);
  }

  // A file that can't be read as rules is left as it is.
  int ReportErrors(const SourceSet& sources, DiagnosticSink* sink, Console* console) {
    console->out().flush();
    const size_t dropped = sink->dropped();
    console->err() << RenderHuman(sources, sink->Take(), dropped, {.color = console->color_err()})
                   << std::endl;
    ++broken_;
    return kFindings;
  }

  int Deliver(const std::string& path, const std::string& name, const std::string& text,
              const std::string& formatted, Console* console) {
    const bool same = text == formatted;
    ++(same ? unchanged_ : changed_);
    if (diff_) {
      console->out() << UnifiedDiff(name, text, name, formatted, console->color_out());
      return same ? kFine : kFindings;
    }
    if (check_) {
      if (!same) console->out() << name << "\n";
      return same ? kFine : kFindings;
    }
    if (path == kStandardInput) {
      console->out() << formatted;
    } else if (!same) {
      const absl::Status written = WriteFileAtomically(path, formatted);
      if (!written.ok()) return console->Fail(written);
      console->out() << "formatted " << name << "\n";
    }
    return kFine;
  }

  void Summarize(Console* console) const {
    if (changed_ + unchanged_ + broken_ == 0 || paths_ == std::vector<std::string>{"-"}) return;
    std::string summary;
    const auto add = [&summary](size_t count, std::string_view what) {
      if (count == 0) return;
      StrAppend(&summary, summary.empty() ? "" : ", ", Counted(count, "file"), " ", what);
    };
    console->out().flush();
    add(changed_, check_ || diff_ ? "not formatted (run `pql fmt`)" : "formatted");
    add(unchanged_, check_ || diff_ ? "formatted" : "unchanged");
    add(broken_, "with errors, left as they are");
    console->err() << summary << std::endl;
  }

  std::vector<std::string> paths_;
  bool check_ = false;
  bool diff_ = false;

  int status_ = kFine;
  size_t changed_ = 0;
  size_t unchanged_ = 0;
  size_t broken_ = 0;
};

}  // namespace

std::unique_ptr<Command> MakeFmtCommand() { return std::make_unique<FmtCommand>(); }

}  // namespace pql
