#include "tools/pql/tool.h"

#include <utility>

#include "base/strings.h"

namespace pql {
namespace {

// What CLI11 does not say: which command may have been meant.
std::string CommandProblem(const CLI::App& app, std::string_view word) {
  if (word.empty()) return "no command";
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  const std::string_view nearest = NearestWord(word, names);
  return StrCat("there is no command `", word, "`",
                nearest.empty() ? "" : StrCat("; did you mean `", nearest, "`?"));
}

}  // namespace

std::string_view CommandWord(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--color" || argument == "--plugin") {
      ++i;  // its value
    } else if (!argument.starts_with("-")) {
      return argument;
    }
  }
  return "";
}

void SetUpApp(CLI::App* app, Console* console) {
  app->name("pql");
  app->description("Rules that decide which accounts are product-qualified leads");
  app->set_version_flag("--version", StrCat("pql ", PQL_VERSION));
  app->set_help_flag("-h,--help", "Show this help");
  app->require_subcommand(1);
  app->fallthrough();  // `pql lint --color never` as well as `pql --color never lint`
  console->AddColorOption(app);
}

int RunTool(CLI::App* app, const CommandList& commands, int argc, char** argv, Console* console,
            const std::function<int()>& prepare) {
  std::vector<std::pair<CLI::App*, Command*>> added;
  for (const auto& command : commands) added.emplace_back(command->AddTo(app), command.get());
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app->exit(error, console->out(), console->err());
    std::string name = app->get_name();
    for (const CLI::App* command : app->get_subcommands()) {
      StrAppend(&name, " ", command->get_name());
    }
    console->Fail(app->get_subcommands().empty() && error.get_name() == "RequiredError"
                      ? CommandProblem(*app, CommandWord(argc, argv))
                      : error.what());
    console->err() << "Run `" << name << " --help` for the options and an example." << std::endl;
    return kFailure;
  }
  if (prepare != nullptr) {
    if (const int status = prepare(); status != kFine) return status;
  }
  for (const auto& [subcommand, command] : added) {
    if (!subcommand->parsed()) continue;
    const int status = command->Run(console);
    console->out().flush();
    if (!console->out().good()) return console->Fail("cannot write to standard output");
    return status;
  }
  return kFailure;
}

}  // namespace pql
