#include "store/rule_tree.h"

#include <sys/stat.h>

#include <utility>

#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "ruleset/rule_directory.h"

namespace pql {
namespace {

constexpr std::string_view kSuffix = ".pql";

bool Exists(const std::string& path) {
  struct stat info;
  return ::lstat(path.c_str(), &info) == 0;
}

RuleSetSources ReadRuleSet(const std::string& root, const std::string& id,
                           const RuleTreeLimits& limits) {
  PQL_ASSIGN_OR_RETURN(std::vector<std::string> names, ListFiles(StrCat(root, "/", id), kSuffix));
  if (names.empty()) return std::vector<SourceText>();
  if (names.size() > limits.max_files) {
    return absl::ResourceExhaustedError(StrCat("rule set `", id, "` has ", names.size(),
                                               " files, which is more than the limit of ",
                                               limits.max_files, " (--max-source-files)"));
  }
  if (Exists(StrCat(root, "/", id, "/", kLintConfigName))) names.emplace_back(kLintConfigName);
  std::vector<SourceText> sources;
  size_t total = 0;
  for (const std::string& name : names) {
    const std::string relative = StrCat(id, "/", name);
    absl::StatusOr<std::string> text = ReadFile(StrCat(root, "/", relative), limits.max_file_bytes);
    if (text.status().code() == absl::StatusCode::kResourceExhausted) {
      return absl::ResourceExhaustedError(
          StrCat(FromAbsl(text.status().message()), " (--max-source-file-bytes)"));
    }
    if (!text.ok()) return text.status();
    total += text->size();
    if (total > limits.max_rule_set_bytes) {
      return absl::ResourceExhaustedError(
          StrCat("the files of rule set `", id, "` are larger than the limit of ",
                 limits.max_rule_set_bytes, " bytes (--max-source-bytes)"));
    }
    sources.push_back({relative, *std::move(text)});
  }
  return sources;
}

void AppendStat(const std::string& path, std::string* out) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) {
    StrAppend(out, "?", errno, ";");
    return;
  }
  StrAppend(out, info.st_dev, ",", info.st_ino, ",", info.st_size, ",", info.st_mtim.tv_sec, ".",
            info.st_mtim.tv_nsec, ",", info.st_ctim.tv_sec, ".", info.st_ctim.tv_nsec, ";");
}

}  // namespace

absl::StatusOr<RuleTree> ReadRuleTree(const std::string& root, const RuleTreeLimits& limits) {
  PQL_ASSIGN_OR_RETURN(const std::vector<std::string> ids, ListDirectories(root));
  RuleTree tree;
  for (const std::string& id : ids) {
    RuleSetSources sources = ReadRuleSet(root, id, limits);
    if (sources.ok() && sources->empty()) continue;  // some other directory
    tree.emplace(id, std::move(sources));
  }
  return tree;
}

absl::StatusOr<std::vector<std::string>> FindStrayRuleFiles(const std::string& root) {
  return ListFiles(root, kSuffix, /*max_depth=*/1);
}

std::string FingerprintOf(const std::string& root) {
  const absl::StatusOr<std::vector<std::string>> files = ListFiles(root, kSuffix);
  if (!files.ok()) return files.status().ToString();
  std::string fingerprint;
  for (const std::string& file : *files) {
    StrAppend(&fingerprint, file.size(), ":", file, "=");
    AppendStat(StrCat(root, "/", file), &fingerprint);
  }
  const absl::StatusOr<std::vector<std::string>> ids = ListDirectories(root);
  if (!ids.ok()) return fingerprint;
  for (const std::string& id : *ids) {
    const std::string config = StrCat(root, "/", id, "/", kLintConfigName);
    if (Exists(config)) AppendStat(config, &fingerprint);
  }
  return fingerprint;
}

}  // namespace pql
