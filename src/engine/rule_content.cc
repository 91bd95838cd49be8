#include "engine/rule_content.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "engine/error.h"

namespace pql {
namespace {

constexpr size_t kMaxIdBytes = 128;

bool IsGoodPath(std::string_view path) {
  if (FindInvalidUtf8(path).has_value() || path.find('\0') != std::string_view::npos) return false;
  for (const absl::string_view part : absl::StrSplit(ToAbsl(path), '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

bool IsOf(const StoredSource& source, ContentPart part) {
  return source.api_managed == (part == ContentPart::kApi);
}

}  // namespace

RuleContent PartOf(const RuleContent& content, ContentPart part) {
  RuleContent out;
  for (const StoredSource& source : content) {
    if (IsOf(source, part)) out.push_back(source);
  }
  return out;
}

RuleContent Replace(const RuleContent& content, ContentPart part, RuleContent replacement) {
  for (const StoredSource& source : content) {
    if (!IsOf(source, part)) replacement.push_back(source);
  }
  return replacement;
}

RuleContent FromFiles(const std::vector<SourceText>& files) {
  RuleContent content;
  for (const SourceText& file : files) content.push_back({.path = file.name, .text = file.text});
  return content;
}

std::vector<SourceText> TextsOf(const RuleContent& content) {
  std::vector<SourceText> texts;
  for (const StoredSource& source : content) texts.push_back({source.path, source.text});
  return texts;
}

RuleContent ContentOf(const RuleSet& rule_set, const std::vector<bool>& api_managed) {
  RuleContent content;
  for (FileId id = 0; id < rule_set.sources.size(); ++id) {
    const SourceFile& file = rule_set.sources.file(id);
    content.push_back({.path = file.name(),
                       .text = std::string(file.text()),
                       .api_managed = id < api_managed.size() && api_managed[id]});
  }
  return content;
}

std::vector<bool> ApiManaged(const RuleSet& rule_set, const RuleContent& content) {
  std::set<std::string_view> managed;
  for (const StoredSource& source : content) {
    if (source.api_managed) managed.insert(source.path);
  }
  std::vector<bool> flags;
  for (FileId id = 0; id < rule_set.sources.size(); ++id) {
    flags.push_back(managed.contains(rule_set.sources.file(id).name()));
  }
  return flags;
}

std::string SharedPath(const RuleContent& content) {
  std::set<std::string_view> seen;
  for (const StoredSource& source : content) {
    if (!seen.insert(source.path).second) return source.path;
  }
  return "";
}

absl::Status CheckSourceCount(size_t count, const Limits& limits) {
  if (count <= limits.max_source_files) return absl::OkStatus();
  return LimitExceeded(absl::StatusCode::kInvalidArgument, "source files", "--max-source-files",
                       count, limits.max_source_files,
                       StrCat(count, " sources of a rule set are more than the limit"));
}

absl::Status CheckSentFiles(const std::vector<SourceText>& files, const Limits& limits) {
  PQL_RETURN_IF_ERROR(CheckSourceCount(files.size(), limits));
  std::set<std::string_view> paths;
  size_t total = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    const std::string field = StrCat("files[", i, "].path");
    if (!IsGoodPath(files[i].name)) {
      return InvalidField(field, StrCat("got \"", EscapeUnprintable(files[i].name),
                                        "\"; a path looks like \"metrics.pql\" or "
                                        "\"emea/teams.pql\""));
    }
    if (!paths.insert(files[i].name).second) {
      return InvalidField(field, StrCat("\"", files[i].name, "\" comes twice"));
    }
    const size_t size = files[i].text.size();
    if (size > limits.max_source_file_bytes) {
      return LimitExceeded(
          absl::StatusCode::kInvalidArgument, "source file bytes", "--max-source-file-bytes", size,
          limits.max_source_file_bytes,
          StrCat("\"", files[i].name, "\" has ", size, " bytes, which is more than the limit"));
    }
    total += size;
  }
  if (total > limits.max_source_bytes) {
    return LimitExceeded(absl::StatusCode::kInvalidArgument, "source bytes", "--max-source-bytes",
                         total, limits.max_source_bytes,
                         StrCat("sources of ", total, " bytes are more than the limit"));
  }
  return absl::OkStatus();
}

absl::Status CheckNewRuleSetId(std::string_view field, std::string_view id) {
  const bool printable =
      !FindInvalidUtf8(id).has_value() && EscapeUnprintable(id) == std::string(id);
  if (printable && IsGoodPath(id) && id.find('/') == std::string_view::npos && id[0] != '.' &&
      id.size() <= kMaxIdBytes) {
    return absl::OkStatus();
  }
  return InvalidField(field, StrCat("`", EscapeUnprintable(id),
                                    "` can't be the id of a rule set; take a word such as `slack`, "
                                    "at most ",
                                    kMaxIdBytes, " bytes"));
}

}  // namespace pql
