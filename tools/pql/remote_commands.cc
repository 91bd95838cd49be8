#include "tools/pql/remote_commands.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

#include "base/strings.h"
#include "tools/pql/tool.h"

namespace pql {
namespace {

struct RemoteCommand {
  const char* name;
  const char* help;
};

// One line a command of tools/pql/remote/.
constexpr RemoteCommand kRemoteCommands[] = {
    {"evaluate", "Evaluate accounts on a server, as `eval` does offline"},
};

}  // namespace

void ListRemoteCommands(CLI::App* app) {
  for (const RemoteCommand& command : kRemoteCommands) {
    app->add_subcommand(command.name, command.help)->group("Commands that talk to a server");
  }
}

bool IsRemoteCommand(int argc, char** argv) {
  const std::string_view word = CommandWord(argc, argv);
  return std::any_of(std::begin(kRemoteCommands), std::end(kRemoteCommands),
                     [word](const RemoteCommand& command) { return word == command.name; });
}

int RunRemoteCommand(char** argv, Console* console) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = (self.parent_path() / "pql-remote").string();
  execv(program.c_str(), argv);
  error.assign(errno, std::generic_category());
  return console->Fail(
      StrCat("cannot start `", program, "`, which this command needs: ", error.message()));
}

}  // namespace pql
