#include "engine/rule_query.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "engine/error.h"

namespace pql {
namespace {

constexpr std::string_view kRuleSets = "ruleSets/";
constexpr std::string_view kRules = "/rules/";
constexpr std::string_view kRevisions = "/revisions/";
constexpr std::string_view kSchema = "/schema";
constexpr size_t kDefaultPageSize = 100;
constexpr size_t kMaxPageSize = 1000;
constexpr size_t kEtagLength = 16;

std::string Escape(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '%') {
      out += "%25";
    } else if (c == '/') {
      out += "%2F";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view code = text.substr(i, 3);
    if (code == "%25" || code == "%2F" || code == "%2f") {
      out += code == "%25" ? '%' : '/';
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// No name has it; PostgreSQL can't even be asked for one that does.
bool HasNul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

absl::Status Malformed(std::string_view field, std::string_view name, std::string_view form) {
  if (name.empty()) return InvalidField(field, StrCat("is required, as in \"", form, "\""));
  return InvalidField(field,
                      StrCat("got \"", EscapeAndCut(name), "\"; write it as \"", form, "\""));
}

std::string ShortDigest(const std::vector<SourceText>& parts) {
  return DigestOf(parts).substr(0, kEtagLength);
}

std::string QueryDigest(std::string_view query) {
  return ShortDigest({{"query", std::string(query)}});
}

// Revision, place and query; opaque to callers, so its form is free to change.
struct PageToken {
  int64_t revision = 0;
  uint64_t place = 0;
};

std::string WriteToken(int64_t revision, uint64_t place, std::string_view query) {
  return absl::WebSafeBase64Escape(StrCat(revision, ".", place, ".", QueryDigest(query)));
}

absl::StatusOr<std::optional<PageToken>> ReadToken(const PageRequest& request) {
  if (request.token.empty()) return std::nullopt;
  PageToken token;
  std::string decoded;
  std::vector<std::string> parts;
  if (absl::WebSafeBase64Unescape(request.token, &decoded)) parts = absl::StrSplit(decoded, '.');
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &token.revision) ||
      !absl::SimpleAtoi(parts[1], &token.place)) {
    return InvalidField("page_token", "is not a token that this server gave out");
  }
  if (parts[2] != QueryDigest(request.query)) {
    return InvalidField("page_token", "belongs to a request with other parameters");
  }
  return token;
}

absl::StatusOr<size_t> ReadPageSize(const PageRequest& request) {
  if (request.size < 0) return InvalidField("page_size", "must not be negative");
  return request.size == 0 ? kDefaultPageSize
                           : std::min(static_cast<size_t>(request.size), kMaxPageSize);
}

}  // namespace

std::string RuleSetName(std::string_view rule_set) { return StrCat(kRuleSets, Escape(rule_set)); }

std::string RuleName(std::string_view rule_set, std::string_view rule) {
  return StrCat(RuleSetName(rule_set), kRules, Escape(rule));
}

std::string RevisionName(std::string_view rule_set, int64_t revision) {
  return StrCat(RuleSetName(rule_set), kRevisions, revision);
}

absl::StatusOr<std::string> ParseRuleSetName(std::string_view field, std::string_view name) {
  const std::string_view id = name.substr(std::min(name.size(), kRuleSets.size()));
  if (!name.starts_with(kRuleSets) || id.empty() || id.find('/') != std::string_view::npos ||
      HasNul(id)) {
    return Malformed(field, name, "ruleSets/slack");
  }
  return Unescape(id);
}

absl::StatusOr<std::string> ParseSchemaName(std::string_view field, std::string_view name) {
  absl::Status malformed = Malformed(field, name, "ruleSets/slack/schema");
  if (!name.ends_with(kSchema)) return malformed;
  const auto rule_set = ParseRuleSetName(field, name.substr(0, name.size() - kSchema.size()));
  if (!rule_set.ok()) return malformed;
  return *rule_set;
}

absl::StatusOr<RevisionReference> ParseRevisionName(std::string_view field, std::string_view name) {
  const absl::Status malformed = Malformed(field, name, "ruleSets/slack/revisions/42");
  const size_t middle = name.rfind(kRevisions);
  if (middle == std::string_view::npos) return malformed;
  const auto rule_set = ParseRuleSetName(field, name.substr(0, middle));
  RevisionReference reference;
  if (!rule_set.ok() ||
      !absl::SimpleAtoi(ToAbsl(name.substr(middle + kRevisions.size())), &reference.revision) ||
      reference.revision < 1) {
    return malformed;
  }
  reference.rule_set = *rule_set;
  return reference;
}

absl::StatusOr<RuleReference> ParseRuleName(std::string_view field, std::string_view name) {
  const absl::Status malformed = Malformed(field, name, "ruleSets/slack/rules/slack_team");
  const size_t middle = name.find(kRules, kRuleSets.size());
  if (middle == std::string_view::npos) return malformed;
  const auto rule_set = ParseRuleSetName(field, name.substr(0, middle));
  const std::string_view rule = name.substr(middle + kRules.size());
  if (!rule_set.ok() || rule.empty() || rule.find('/') != std::string_view::npos || HasNul(rule)) {
    return malformed;
  }
  return RuleReference{*rule_set, Unescape(rule)};
}

absl::StatusOr<std::vector<uint32_t>> SelectRules(const CheckedRuleSet& rule_set,
                                                  const RuleFilter& filter) {
  const std::optional<RuleMode> mode = FindRuleMode(filter.mode);
  if (!filter.mode.empty() && !mode.has_value()) {
    return InvalidField("mode", StrCat("got \"", EscapeAndCut(filter.mode),
                                       "\", expected \"active\", \"shadow\" or \"draft\""));
  }
  std::vector<uint32_t> selected;
  for (uint32_t i = 0; i < rule_set.rules.size(); ++i) {
    const Rule& rule = rule_set.rules[i];
    const std::string stage = rule.stage.has_value() ? rule_set.stages[*rule.stage] : "";
    const bool has_tag =
        std::find(rule.tags.begin(), rule.tags.end(), filter.tag) != rule.tags.end();
    if ((filter.stage.empty() || stage == filter.stage) &&
        (filter.mode.empty() || rule.mode == *mode) && (filter.tag.empty() || has_tag) &&
        (filter.owner.empty() || rule.owner == filter.owner)) {
      selected.push_back(i);
    }
  }
  return selected;
}

absl::StatusOr<Page> SelectPage(const PageRequest& request, size_t total) {
  PQL_ASSIGN_OR_RETURN(const size_t size, ReadPageSize(request));
  PQL_ASSIGN_OR_RETURN(const std::optional<PageToken> token, ReadToken(request));
  Page page;
  if (token.has_value()) {
    if (token->revision != request.revision) {
      return WithReason(absl::AbortedError(StrCat(
                            "the rules changed since the first page (revision ", token->revision,
                            ", now ", request.revision, "); start again without a token")),
                        {"REVISION_MOVED",
                         {{"expected_revision", StrCat(token->revision)},
                          {"current_revision", StrCat(request.revision)}}});
    }
    page.begin = std::min<uint64_t>(token->place, total);
  }
  page.end = std::min(page.begin + size, total);
  if (page.end < total) page.next_token = WriteToken(request.revision, page.end, request.query);
  return page;
}

absl::StatusOr<Cursor> ReadCursor(const PageRequest& request) {
  Cursor cursor;
  PQL_ASSIGN_OR_RETURN(cursor.size, ReadPageSize(request));
  PQL_ASSIGN_OR_RETURN(const std::optional<PageToken> token, ReadToken(request));
  if (token.has_value()) {
    constexpr uint64_t kLast = std::numeric_limits<int64_t>::max();
    cursor.position = static_cast<int64_t>(std::min(token->place, kLast));
  }
  return cursor;
}

std::string WriteCursor(int64_t position, std::string_view query) {
  return WriteToken(0, static_cast<uint64_t>(position), query);
}

std::string RuleEtag(const RuleSet& rule_set, const Rule& rule) {
  return ShortDigest({{rule_set.sources.file(rule.range.file).name(),
                       std::string(rule_set.sources.Text(rule.range))}});
}

std::string RuleSetEtag(const RuleSetState& state) {
  std::vector<SourceText> parts = {{"revision", StrCat(state.revision)}};
  if (state.failure != nullptr) {
    parts.push_back({"failure", StrCat(state.failure->digest, state.failure->error,
                                       absl::ToUnixMicros(state.failure->time))});
  }
  return ShortDigest(parts);
}

}  // namespace pql
