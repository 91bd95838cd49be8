#include "server/state_directory.h"

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/strings.h"

namespace pql {
namespace {

constexpr std::string_view kKind = "sqlite:";

// The value of an environment variable that is an absolute path; "" otherwise.
std::string DirectoryOf(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && value[0] == '/' ? value : "";
}

}  // namespace

absl::StatusOr<std::string> DefaultStore() {
  std::string directory = DirectoryOf("STATE_DIRECTORY");
  if (directory.empty()) {
    std::string base = DirectoryOf("XDG_STATE_HOME");
    const std::string home = DirectoryOf("HOME");
    if (base.empty() && !home.empty()) base = StrCat(home, "/.local/state");
    if (base.empty()) {
      return absl::FailedPreconditionError(
          "--store: there is no home directory to keep the history of the rules in; give "
          "--store=sqlite:PATH, or --store=memory to keep none");
    }
    directory = StrCat(base, "/pqld");
  }
  return StrCat(kKind, directory, "/rules.db");
}

absl::Status MakeStateDirectory(const std::string& store) {
  const absl::StatusOr<std::string> known = DefaultStore();
  if (!known.ok() || *known != store) return absl::OkStatus();
  const std::filesystem::path directory =
      std::filesystem::path(store.substr(kKind.size())).parent_path();
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (!error && made) {
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  }
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(StrCat("cannot make the directory ", directory.string(),
                                       " for the history of the rules: ", error.message(),
                                       "; choose another place with --store=sqlite:PATH"));
}

}  // namespace pql
