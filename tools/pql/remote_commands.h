// The commands that talk to a server.  They live in a program of their own, `pql-remote`, beside
// this one, so that linting and evaluating offline need no gRPC; `pql` replaces itself by it, as
// git does for its larger commands.

#ifndef TOOLS_PQL_REMOTE_COMMANDS_H_
#define TOOLS_PQL_REMOTE_COMMANDS_H_

#include <string>

#include "CLI/CLI.hpp"
#include "tools/pql/console.h"

namespace pql {

// For `pql --help`.
void ListRemoteCommands(CLI::App* app);

// Whether a remote command is asked for.
bool IsRemoteCommand(int argc, char** argv);

// Runs `pql-remote` with the same arguments in the place of this process.  Returns only when that
// fails.
int RunRemoteCommand(char** argv, Console* console);

// What `pql-remote completion table` prints; "" when it cannot be asked.
std::string RemoteCompletionTable();

}  // namespace pql

#endif  // TOOLS_PQL_REMOTE_COMMANDS_H_
