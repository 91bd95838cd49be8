// pql-remote: the commands of `pql` that talk to a server.  `pql` starts it; nobody needs to.

#include "tools/pql/completion_command.h"
#include "tools/pql/console.h"
#include "tools/pql/remote/commands.h"
#include "tools/pql/tool.h"

int main(int argc, char** argv) {
  pql::SetUpSignals();
  pql::Console console = pql::Console::OfProcess();
  CLI::App app;
  pql::SetUpApp(&app, &console);
  pql::CommandList commands;
  commands.push_back(pql::MakeEvaluateCommand());
  commands.push_back(pql::MakePushCommand());
  commands.push_back(pql::MakeRulesCommand());
  commands.push_back(pql::MakeRevisionsCommand());
  commands.push_back(pql::MakeRollbackCommand());
  commands.push_back(pql::MakeWatchCommand());
  commands.push_back(pql::MakeStatusCommand());
  commands.push_back(pql::MakeCompletionCommand());
  return pql::RunTool(&app, commands, argc, argv, &console);
}
