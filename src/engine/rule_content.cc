#include "engine/rule_content.h"

#include <algorithm>
#include <iterator>
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

bool IsOf(const ContentSource& source, ContentPart part) {
  return source.api_managed == (part == ContentPart::kApi);
}

// Sources that are shared are the same without a look at them.
int Compare(const ContentSource& a, const ContentSource& b) {
  if (a.file != b.file) {
    const int order = a.path().compare(b.path());
    if (order != 0) return order;
  }
  return static_cast<int>(a.api_managed) - static_cast<int>(b.api_managed);
}

bool IsBefore(const ContentSource& a, const ContentSource& b) { return Compare(a, b) < 0; }

bool HaveSameText(const ContentSource& a, const ContentSource& b) {
  return a.file == b.file || a.file->digest() == b.file->digest();
}

ContentSource Share(SourceText text, bool api_managed) {
  return {std::make_shared<const SourceFile>(std::move(text.name), std::move(text.text)),
          api_managed};
}

}  // namespace

RuleContent PartOf(const RuleContent& content, ContentPart part) {
  RuleContent out;
  out.reserve(content.size());
  for (const ContentSource& source : content) {
    if (IsOf(source, part)) out.push_back(source);
  }
  return out;
}

RuleContent Replace(const RuleContent& content, ContentPart part, RuleContent replacement) {
  RuleContent out;
  out.reserve(content.size() + replacement.size());
  auto next = replacement.begin();
  for (const ContentSource& source : content) {
    if (IsOf(source, part)) continue;
    for (; next != replacement.end() && IsBefore(*next, source); ++next) {
      out.push_back(std::move(*next));
    }
    out.push_back(source);
  }
  std::move(next, replacement.end(), std::back_inserter(out));
  return out;
}

void Insert(ContentSource source, RuleContent* content) {
  const auto place = std::upper_bound(content->begin(), content->end(), source, IsBefore);
  content->insert(place, std::move(source));
}

const ContentSource* FindSource(const RuleContent& content, std::string_view path) {
  const auto found = std::lower_bound(
      content.begin(), content.end(), path,
      [](const ContentSource& source, std::string_view key) { return source.path() < key; });
  return found == content.end() || found->path() != path ? nullptr : &*found;
}

RuleContent ContentOf(std::vector<SourceText> texts, ContentPart part) {
  RuleContent content;
  content.reserve(texts.size());
  for (SourceText& text : texts) {
    content.push_back(Share(std::move(text), part == ContentPart::kApi));
  }
  std::stable_sort(content.begin(), content.end(), IsBefore);
  return content;
}

RuleContent ContentOf(std::vector<StoredSource> sources) {
  RuleContent content;
  content.reserve(sources.size());
  for (StoredSource& source : sources) {
    content.push_back(Share({std::move(source.path), std::move(source.text)}, source.api_managed));
  }
  std::stable_sort(content.begin(), content.end(), IsBefore);
  return content;
}

RuleContent Shared(RuleContent content, const RuleContent& known) {
  auto next = known.begin();
  for (ContentSource& source : content) {
    while (next != known.end() && IsBefore(*next, source)) ++next;
    if (next == known.end()) break;
    if (Compare(source, *next) == 0 && HaveSameText(source, *next)) source.file = next->file;
  }
  return content;
}

SharedSources SourcesOf(const RuleContent& content) {
  SharedSources sources;
  sources.reserve(content.size());
  for (const ContentSource& source : content) sources.push_back(source.file);
  return sources;
}

std::vector<bool> ApiManaged(const RuleSet& rule_set, const RuleContent& content) {
  std::vector<bool> flags(rule_set.sources.size());
  for (size_t i = 0; i < content.size(); ++i) {
    flags[rule_set.file_order[i]] = content[i].api_managed;
  }
  return flags;
}

bool HaveSameTexts(const RuleContent& a, const RuleContent& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), HaveSameText);
}

ContentChange ChangeOf(const RuleContent& before, const RuleContent& after) {
  ContentChange change;
  const auto remove = [&](const ContentSource& source) {
    change.removed.push_back({.path = source.path(), .api_managed = source.api_managed});
  };
  auto old = before.begin();
  for (const ContentSource& source : after) {
    for (; old != before.end() && IsBefore(*old, source); ++old) remove(*old);
    const bool is_old = old != before.end() && Compare(*old, source) == 0;
    const bool is_same = is_old && HaveSameText(*old, source);
    if (is_old) ++old;
    if (is_same) continue;
    change.put.push_back({.path = source.path(),
                          .text = std::string(source.file->text()),
                          .api_managed = source.api_managed});
  }
  for (; old != before.end(); ++old) remove(*old);
  return change;
}

std::string SharedPath(const RuleContent& content) {
  const auto shared = std::adjacent_find(
      content.begin(), content.end(), [](const ContentSource& a, const ContentSource& b) {
        return a.api_managed != b.api_managed && a.path() == b.path();
      });
  return shared == content.end() ? "" : shared->path();
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
      return InvalidField(field, StrCat("got \"", EscapeAndCut(files[i].name),
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
  return InvalidField(field, StrCat("`", EscapeAndCut(id),
                                    "` can't be the id of a rule set; take a word such as `slack`, "
                                    "at most ",
                                    kMaxIdBytes, " bytes"));
}

}  // namespace pql
