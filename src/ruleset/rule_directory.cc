#include "ruleset/rule_directory.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/file_system.h"
#include "base/status_macros.h"

namespace pql {
namespace {

constexpr std::string_view kSuffix = ".pql";

std::string Join(const std::string& directory, const std::string& name) {
  if (directory.empty() || directory == ".") return name;
  return directory.back() == '/' ? StrCat(directory, name) : StrCat(directory, "/", name);
}

}  // namespace

absl::StatusOr<std::vector<SourceText>> ReadRuleDirectory(const std::string& directory,
                                                          size_t max_bytes) {
  PQL_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListFiles(directory, kSuffix));
  std::vector<SourceText> sources;
  size_t bytes = 0;
  for (const std::string& name : names) {
    const std::string path = Join(directory, name);
    PQL_ASSIGN_OR_RETURN(std::string text, ReadFile(path, max_bytes));
    bytes += text.size();
    if (bytes > max_bytes) {
      return absl::ResourceExhaustedError(StrCat(
          "`", directory, "`: its *.pql files have more than ", max_bytes, " bytes altogether"));
    }
    sources.push_back({path, std::move(text)});
  }
  const std::string config = Join(directory, std::string(kLintConfigName));
  absl::StatusOr<std::string> text = ReadFile(config, max_bytes);
  if (text.ok()) {
    sources.push_back({config, *std::move(text)});
  } else if (!absl::IsNotFound(text.status())) {
    return text.status();
  }
  return sources;
}

std::string RuleSetIdOf(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::path path = std::filesystem::absolute(directory, ignored).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // `rules/slack/`
  return path.filename().string();
}

absl::StatusOr<std::vector<std::string>> FindRuleDirectories(const std::string& path) {
  if (!IsDirectory(path)) {
    std::error_code error;
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    if (!std::filesystem::exists(path, error)) {
      return absl::NotFoundError(StrCat("`", path, "` does not exist"));
    }
    return std::vector<std::string>{parent.empty() ? "." : parent.string()};
  }
  PQL_ASSIGN_OR_RETURN(const std::vector<std::string> files, ListFiles(path, kSuffix));
  if (files.empty()) {
    return absl::NotFoundError(StrCat("`", path, "` holds no *.pql file"));
  }
  std::vector<std::string> directories;
  for (const std::string& file : files) {
    const size_t slash = file.find('/');
    if (slash == std::string::npos) return std::vector<std::string>{path};
    std::string directory = Join(path, file.substr(0, slash));
    if (directories.empty() || directories.back() != directory) {
      directories.push_back(std::move(directory));
    }
  }
  return directories;
}

}  // namespace pql
