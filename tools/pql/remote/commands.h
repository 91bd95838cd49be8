// The commands of `pql` that talk to a server, one file each.  To add one: its file, a line here
// and in main.cc, and one in remote_commands.cc.

#ifndef TOOLS_PQL_REMOTE_COMMANDS_LIST_H_
#define TOOLS_PQL_REMOTE_COMMANDS_LIST_H_

#include <memory>

#include "tools/pql/tool.h"

namespace pql {

std::unique_ptr<Command> MakeEvaluateCommand();
std::unique_ptr<Command> MakePushCommand();
std::unique_ptr<Command> MakeRulesCommand();
std::unique_ptr<Command> MakeRevisionsCommand();
std::unique_ptr<Command> MakeRollbackCommand();
std::unique_ptr<Command> MakeWatchCommand();
std::unique_ptr<Command> MakeStatusCommand();

}  // namespace pql

#endif  // TOOLS_PQL_REMOTE_COMMANDS_LIST_H_
