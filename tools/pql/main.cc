// pql: lints, tests and evaluates rule sets.

#include "tools/pql/commands.h"
#include "tools/pql/console.h"
#include "tools/pql/plugin_option.h"
#include "tools/pql/remote_commands.h"
#include "tools/pql/tool.h"

int main(int argc, char** argv) {
  pql::SetUpSignals();
  pql::Console console = pql::Console::OfProcess();
  if (pql::IsRemoteCommand(argc, argv)) return pql::RunRemoteCommand(argv, &console);

  CLI::App app;
  pql::SetUpApp(&app, &console);
  pql::PluginOption plugins;
  plugins.AddTo(&app);
  const pql::CommandList commands = pql::AllCommands();
  app.footer(
      "Example: pql new rules/acme && pql lint rules/acme && pql test rules/acme\n"
      "Exit status: 0 fine, 1 the input has findings, 2 the command could not do its work");
  pql::ListRemoteCommands(&app);
  const int status =
      pql::RunTool(&app, commands, argc, argv, &console, [&] { return plugins.Load(&console); });
  return plugins.Final(status, &console);
}
