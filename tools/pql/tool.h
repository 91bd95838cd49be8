// The frame around the commands of a program: a command is one file and one line in an explicit
// list (all_commands.cc).

#ifndef TOOLS_PQL_TOOL_H_
#define TOOLS_PQL_TOOL_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "tools/pql/console.h"

namespace pql {

class Command {
 public:
  virtual ~Command() = default;
  // Adds the subcommand, its options and its help with an example; returns it.  The options are
  // bound to the command, which must outlive `app`.
  virtual CLI::App* AddTo(CLI::App* app) = 0;
  // Called once, after the options were read.  Returns an ExitStatus.
  virtual int Run(Console* console) = 0;
};

using CommandList = std::vector<std::unique_ptr<Command>>;

// The first argument that is no option: the command.  Empty when there is none.
std::string_view CommandWord(int argc, const char* const* argv);

// Sets up name, description, version and the options that every command has.
void SetUpApp(CLI::App* app, Console* console);

// Adds the commands to `app`, reads the arguments and runs the command that was asked for.
// `prepare` is run in front of it; a status that is not kFine ends the program.
int RunTool(CLI::App* app, const CommandList& commands, int argc, char** argv, Console* console,
            const std::function<int()>& prepare = {});

}  // namespace pql

#endif  // TOOLS_PQL_TOOL_H_
