#include "tools/pql/remote_commands.h"

#include <sys/wait.h>
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
    {"push", "Put a directory of rules in force on a server"},
    {"rules", "Read and change single rules on a server"},
    {"revisions", "The history of a rule set on a server"},
    {"rollback", "Bring the pushed rules of an earlier revision back"},
    {"watch", "Follow the rule sets of a server"},
    {"status", "A server and its rule sets, and what is wrong"},
};

// It lies beside this program.
std::string RemoteProgram() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / "pql-remote").string();
}

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
  const std::string program = RemoteProgram();
  execv(program.c_str(), argv);
  std::error_code error;
  error.assign(errno, std::generic_category());
  return console->Fail(
      StrCat("cannot start `", program, "`, which this command needs: ", error.message()));
}

std::string RemoteCompletionTable() {
  const std::string program = RemoteProgram();
  int ends[2];
  if (access(program.c_str(), X_OK) != 0 || pipe(ends) != 0) return "";
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl(program.c_str(), "pql", "completion", "table", nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t size = 0; child > 0 && (size = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<size_t>(size));
  }
  close(ends[0]);
  int status = 0;
  const bool ended = child > 0 && waitpid(child, &status, 0) == child;
  return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : "";
}

}  // namespace pql
