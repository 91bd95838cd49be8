// The commands of `pql`, one file each.  To add one: its file, a line here and one in
// all_commands.cc.

#ifndef TOOLS_PQL_COMMANDS_H_
#define TOOLS_PQL_COMMANDS_H_

#include <memory>

#include "tools/pql/tool.h"

namespace pql {

std::unique_ptr<Command> MakeLintCommand();
std::unique_ptr<Command> MakeFmtCommand();
std::unique_ptr<Command> MakeTestCommand();
std::unique_ptr<Command> MakeEvalCommand();
std::unique_ptr<Command> MakeDiffCommand();
std::unique_ptr<Command> MakeExplainCommand();
std::unique_ptr<Command> MakeSchemaCommand();
std::unique_ptr<Command> MakeNewCommand();
std::unique_ptr<Command> MakeConvertCommand();
std::unique_ptr<Command> MakeReplCommand();

// All of them, in the order of the help.
CommandList AllCommands();

}  // namespace pql

#endif  // TOOLS_PQL_COMMANDS_H_
