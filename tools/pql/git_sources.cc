#include "tools/pql/git_sources.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"

extern char** environ;  // NOLINT: POSIX

namespace pql {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File TemporaryFile() { return {std::tmpfile(), &std::fclose}; }

absl::StatusOr<std::string> ReadAll(std::FILE* file, size_t max_bytes) {
  std::string text;
  std::rewind(file);
  char buffer[1 << 16];
  for (size_t n = 0; (n = std::fread(buffer, 1, sizeof(buffer), file)) > 0;) {
    text.append(buffer, n);
    if (text.size() > max_bytes) {
      return absl::ResourceExhaustedError(
          ToAbsl(StrCat("git has more than the limit of ", max_bytes, " bytes there")));
    }
  }
  return text;
}

std::string FirstLine(const std::string& text) {
  std::string_view line = text;
  line = line.substr(0, line.find('\n'));
  constexpr std::string_view kFatal = "fatal: ";
  if (line.starts_with(kFatal)) line.remove_prefix(kFatal.size());
  return std::string(line);
}

// What `git ARGUMENTS` prints.  Standard input and output are files, so that neither side waits for
// the other.
absl::StatusOr<std::string> RunGit(const std::vector<std::string>& arguments,
                                   std::string_view input, size_t max_bytes) {
  const File in = TemporaryFile();
  const File out = TemporaryFile();
  const File err = TemporaryFile();
  if (!in || !out || !err) {
    return absl::UnavailableError(StrCat("no temporary file: ", std::strerror(errno)));
  }
  std::fwrite(input.data(), 1, input.size(), in.get());
  std::rewind(in.get());

  std::vector<char*> words = {const_cast<char*>("git")};
  for (const std::string& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ::fileno(in.get()), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ::fileno(out.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ::fileno(err.get()), STDERR_FILENO);
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, "git", &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return absl::UnavailableError(StrCat("git can't be started: ", std::strerror(error)));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    constexpr size_t kMaxMessage = 1 << 16;
    PQL_ASSIGN_OR_RETURN(const std::string message, ReadAll(err.get(), kMaxMessage));
    return absl::NotFoundError(StrCat("git: ", FirstLine(message)));
  }
  return ReadAll(out.get(), max_bytes);
}

struct TreeEntry {
  std::string object;
  std::string path;  // relative to the tree
};

bool IsWanted(std::string_view path) {
  const size_t slash = path.rfind('/');
  const std::string_view name = path.substr(slash + 1);
  const std::string_view directory = slash == std::string_view::npos ? "" : path.substr(0, slash);
  if (directory.starts_with('.') || directory.find("/.") != std::string_view::npos) return false;
  return name == kLintConfigName || (name.ends_with(".pql") && !name.starts_with('.'));
}

// `MODE TYPE OBJECT<tab>PATH<nul>...`
absl::StatusOr<std::vector<TreeEntry>> ListTree(const std::string& tree, size_t max_bytes) {
  PQL_ASSIGN_OR_RETURN(const std::string listing,
                       RunGit({"ls-tree", "-r", "-z", "--end-of-options", tree}, "", max_bytes));
  std::vector<TreeEntry> entries;
  for (std::string_view rest = listing; !rest.empty();) {
    const std::string_view entry = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    const size_t tab = entry.find('\t');
    if (tab == std::string_view::npos) continue;
    const std::string_view path = entry.substr(tab + 1);
    if (!IsWanted(path)) continue;
    if (!entry.starts_with("100")) {
      return absl::InvalidArgumentError(
          StrCat("`", path, "` is no regular file in git; name the directory itself"));
    }
    const std::string_view before = entry.substr(0, tab);
    entries.push_back({std::string(before.substr(before.rfind(' ') + 1)), std::string(path)});
  }
  return entries;
}

// The next answer of `git cat-file --batch`: `OBJECT TYPE SIZE<line end>CONTENT<line end>`.
std::optional<std::string> TakeContent(std::string_view* answers) {
  const size_t line_end = answers->find('\n');
  if (line_end == std::string_view::npos) return std::nullopt;
  const std::string header(answers->substr(0, line_end));
  const size_t size = std::strtoull(header.c_str() + header.rfind(' ') + 1, nullptr, 10);
  answers->remove_prefix(line_end + 1);
  if (answers->size() < size + 1) return std::nullopt;
  std::string content(answers->substr(0, size));
  answers->remove_prefix(size + 1);
  return content;
}

}  // namespace

bool IsGitPath(const std::string& path) {
  const size_t colon = path.find(':');
  return colon != std::string::npos && colon > 0 && !path.starts_with('-');
}

absl::StatusOr<std::vector<SourceText>> ReadGitTree(const std::string& path, size_t max_bytes) {
  std::string tree = path;
  while (tree.ends_with('/')) tree.pop_back();
  constexpr size_t kOverhead = 1 << 20;  // of headers
  PQL_ASSIGN_OR_RETURN(const std::vector<TreeEntry> entries, ListTree(tree, max_bytes + kOverhead));
  std::string objects;
  for (const TreeEntry& entry : entries) StrAppend(&objects, entry.object, "\n");
  std::vector<SourceText> sources;
  if (entries.empty()) return sources;
  PQL_ASSIGN_OR_RETURN(const std::string answers,
                       RunGit({"cat-file", "--batch"}, objects, max_bytes + kOverhead));
  std::string_view rest = answers;
  for (const TreeEntry& entry : entries) {
    std::optional<std::string> content = TakeContent(&rest);
    if (!content) return absl::DataLossError(StrCat("git did not give all of `", path, "`"));
    sources.push_back(
        {StrCat(tree, tree.ends_with(':') ? "" : "/", entry.path), *std::move(content)});
  }
  return sources;
}

}  // namespace pql
