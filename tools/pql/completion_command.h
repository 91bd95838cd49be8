// `pql completion bash|zsh`.  `pql-remote` has the command as well: `pql` asks it for the options
// of the commands that talk to a server.

#ifndef TOOLS_PQL_COMPLETION_COMMAND_H_
#define TOOLS_PQL_COMPLETION_COMMAND_H_

#include <functional>
#include <memory>
#include <string>

#include "tools/pql/tool.h"

namespace pql {

// `more`: the text of a further completion table, "" when there is none; its commands stand in for
// those of the same name.
std::unique_ptr<Command> MakeCompletionCommand(std::function<std::string()> more = {});

}  // namespace pql

#endif  // TOOLS_PQL_COMPLETION_COMMAND_H_
