// pql convert: a condition of another language as rules-language source.

#include <iterator>
#include <utility>

#include "base/file_system.h"
#include "base/strings.h"
#include "diagnostics/render.h"
#include "format/formatter.h"
#include "parser/frontend.h"
#include "tools/pql/commands.h"

namespace pql {
namespace {

class ConvertCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override;
  int Run(Console* console) override;

 private:
  std::string from_;
  std::string file_ = "-";
};

// The rules language itself needs no conversion.
std::vector<std::string> ForeignLanguages() {
  std::vector<std::string> names = FrontendNames();
  std::erase(names, PqlFrontend().name());
  return names;
}

CLI::App* ConvertCommand::AddTo(CLI::App* app) {
  CLI::App* command =
      app->add_subcommand("convert", "Write a condition of another language in the rules language");
  command->add_option("--from", from_, "What the condition is written in: jsonlogic")
      ->required()
      ->check(CLI::IsMember(ForeignLanguages()))
      ->type_name("LANGUAGE");
  command->add_option("FILE", file_, "File with the condition; - is stdin (default)");
  command->footer(
      "Example:\n"
      "  echo '{\">=\": [{\"var\": \"messages\"}, 2000]}' | pql convert --from jsonlogic\n"
      "prints `messages >= 2000`. Names and types are checked where the condition is used:\n"
      "pql lint, or pql eval --when.");
  return command;
}

int ConvertCommand::Run(Console* console) {
  const ParseLimits limits;
  std::string text;
  if (file_ == "-") {
    text.assign(std::istreambuf_iterator<char>(console->in()), std::istreambuf_iterator<char>());
  } else {
    absl::StatusOr<std::string> content = ReadFile(file_, limits.max_bytes);
    if (!content.ok()) return console->Fail(content.status());
    text = *std::move(content);
  }
  const Frontend& language = *FindFrontend(from_);
  SourceSet sources;
  const FileId file = sources.AddFile(file_ == "-" ? "<stdin>" : file_, std::move(text));
  DiagnosticSink sink;
  const ExpressionPtr condition = language.ParseCondition(sources, file, limits, &sink);
  if (sink.has_errors()) {
    const size_t dropped = sink.dropped();
    std::vector<Diagnostic> findings = sink.Take();
    for (Diagnostic& finding : findings) language.Localize(sources, &finding);
    console->err() << RenderHuman(sources, findings, dropped, {.color = console->color_err()})
                   << std::flush;
    return kFindings;
  }
  console->out() << FormatExpression(*condition) << "\n";
  return kFine;
}

}  // namespace

std::unique_ptr<Command> MakeConvertCommand() { return std::make_unique<ConvertCommand>(); }

}  // namespace pql
