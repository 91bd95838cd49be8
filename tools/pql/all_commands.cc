#include "tools/pql/commands.h"
#include "tools/pql/completion_command.h"
#include "tools/pql/remote_commands.h"

namespace pql {

CommandList AllCommands() {
  CommandList commands;
  commands.push_back(MakeNewCommand());
  commands.push_back(MakeLintCommand());
  commands.push_back(MakeFmtCommand());
  commands.push_back(MakeTestCommand());
  commands.push_back(MakeEvalCommand());
  commands.push_back(MakeExplainCommand());
  commands.push_back(MakeDiffCommand());
  commands.push_back(MakeSchemaCommand());
  commands.push_back(MakeConvertCommand());
  commands.push_back(MakeReplCommand());
  commands.push_back(MakeCompletionCommand(RemoteCompletionTable));
  return commands;
}

}  // namespace pql
