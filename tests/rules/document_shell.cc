#include "tests/rules/document_shell.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/strings.h"
#include "tests/rules/markdown.h"

namespace pql {

DocumentShell::DocumentShell() {
  std::string pattern = (std::filesystem::temp_directory_path() / "pql_document_XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  directory_ = pattern;
}

DocumentShell::~DocumentShell() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void DocumentShell::Write(std::string_view path, std::string_view text) const {
  const std::filesystem::path file = std::filesystem::path(directory_) / path;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::string DocumentShell::Run(const std::string& command) const {
  const std::string script =
      StrCat("cd '", directory_, "' && PATH='", PQL_BIN_DIR,
             "':\"$PATH\" NO_COLOR=1 LC_ALL=C.UTF-8 && export PATH NO_COLOR LC_ALL && { ", command,
             "\n} 2>&1 </dev/null");
  FILE* pipe = popen(script.c_str(), "r");
  if (pipe == nullptr) return "cannot start a shell\n";
  std::string output;
  std::array<char, 4096> buffer;
  for (size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.append(buffer.data(), n);
  }
  const int status = pclose(pipe);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (code != 0 && code != 1) StrAppend(&output, "[exit ", code, "]\n");
  return output;
}

std::string DocumentShell::Replay(std::string_view block) const {
  std::string text;
  for (const std::string& line : Lines(block)) {
    if (line.starts_with("$ ")) StrAppend(&text, line, "\n", Run(line.substr(2)));
  }
  return text;
}

}  // namespace pql
