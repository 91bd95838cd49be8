#include "store/postgres_queries.h"

#include <limits>
#include <set>
#include <utility>

#include "base/sha256.h"
#include "base/status_macros.h"
#include "store/revision_rules.h"

namespace pql {
namespace {

// A row that begins with the columns of a revision, in the order of the statements below; not
// checked yet.
StoredRevision RevisionOf(const PostgresResult& rows, int row, std::string_view rule_set) {
  StoredRevision revision;
  revision.number = rows.Int(row, 0);
  revision.record = {.rule_set = std::string(rule_set),
                     .digest = rows.Text(row, 1),
                     .create_time = rows.Time(row, 2),
                     .cause = static_cast<RevisionCause>(rows.Int(row, 3)),
                     .author = rows.Text(row, 4),
                     .peer = rows.Text(row, 5),
                     .comment = rows.Text(row, 6),
                     .rolled_back_to = rows.Int(row, 7)};
  return revision;
}

// Sends only texts that are not there yet: most changes leave most files as they are.  In order of
// their hashes, so that two transactions that add the same ones wait for each other, not both.
absl::Status InsertTexts(const std::map<std::string, std::string_view>& texts,
                         PostgresConnection* connection) {
  std::vector<PostgresBytes> hashes;
  hashes.reserve(texts.size());
  for (const auto& [hash, text] : texts) hashes.push_back({hash});
  PQL_ASSIGN_OR_RETURN(const PostgresResult rows,
                       connection->Query("SELECT hash FROM source_text WHERE hash = ANY ($1)",
                                         PostgresParameters(hashes)));
  std::set<std::string> known;
  for (int row = 0; row < rows.rows(); ++row) known.insert(rows.Text(row, 0));
  std::vector<PostgresBytes> new_hashes;
  std::vector<PostgresBytes> new_texts;
  for (const auto& [hash, text] : texts) {
    if (known.contains(hash)) continue;
    new_hashes.push_back({hash});
    new_texts.push_back({text});
  }
  if (new_hashes.empty()) return absl::OkStatus();
  return connection
      ->Query(
          "INSERT INTO source_text (hash, text) SELECT * FROM unnest($1, $2)"
          " ON CONFLICT (hash) DO NOTHING",
          PostgresParameters(new_hashes, new_texts))
      .status();
}

// What the revision takes the place of.
absl::Status EndSources(const NewRevision& revision, PostgresConnection* connection) {
  const std::string& rule_set = revision.record.rule_set;
  const int64_t number = revision.parent + 1;
  if (!revision.keeps_others) {
    return connection
        ->Query("UPDATE source_span SET until = $2 WHERE rule_set = $1 AND until IS NULL",
                PostgresParameters(rule_set, number))
        .status();
  }
  std::vector<std::string_view> paths;
  std::vector<int64_t> api_managed;
  for (const auto* sources : {&revision.sources, &revision.removed}) {
    for (const StoredSource& source : *sources) {
      paths.push_back(source.path);
      api_managed.push_back(source.api_managed ? 1 : 0);
    }
  }
  return connection
      ->Query(
          "UPDATE source_span SET until = $2"
          " FROM unnest($3, $4) AS ended (path, api_managed)"
          " WHERE source_span.rule_set = $1 AND source_span.path = ended.path"
          " AND source_span.api_managed = (ended.api_managed <> 0) AND source_span.until IS NULL",
          PostgresParameters(rule_set, number, paths, api_managed))
      .status();
}

absl::Status InsertSources(const StoredRevision& revision, PostgresConnection* connection) {
  std::vector<std::string> hashes;
  std::map<std::string, std::string_view> texts;
  for (const StoredSource& source : revision.sources) {
    hashes.push_back(Sha256(source.text));
    texts.emplace(hashes.back(), source.text);
  }
  std::vector<std::string_view> paths, languages;
  std::vector<int64_t> api_managed;
  std::vector<PostgresBytes> references;
  for (size_t i = 0; i < revision.sources.size(); ++i) {
    const StoredSource& source = revision.sources[i];
    paths.push_back(source.path);
    api_managed.push_back(source.api_managed ? 1 : 0);
    languages.push_back(source.language);
    references.push_back({hashes[i]});
  }
  if (paths.empty()) return absl::OkStatus();
  PQL_RETURN_IF_ERROR(InsertTexts(texts, connection));
  return connection
      ->Query(
          "INSERT INTO source_span (rule_set, first, path, api_managed, language, hash)"
          " SELECT $1, $2, path, api_managed <> 0, language, hash"
          " FROM unnest($3, $4, $5, $6) AS source (path, api_managed, language, hash)",
          PostgresParameters(revision.record.rule_set, revision.number, paths, api_managed,
                             languages, references))
      .status();
}

absl::Status InsertChanges(const StoredRevision& revision, PostgresConnection* connection) {
  const std::vector<StoredRuleChange>& changes = revision.record.changes;
  if (changes.empty()) return absl::OkStatus();
  std::vector<std::string> joined;
  joined.reserve(changes.size());
  for (const StoredRuleChange& change : changes) {
    joined.push_back(JoinFields(change.changed_fields));
  }
  std::vector<std::string_view> rules;
  std::vector<int64_t> kinds;
  std::vector<PostgresBytes> old_sources, new_sources;
  for (const StoredRuleChange& change : changes) {
    rules.push_back(change.rule);
    kinds.push_back(static_cast<int64_t>(change.kind));
    old_sources.push_back({change.old_source});
    new_sources.push_back({change.new_source});
  }
  const std::vector<std::string_view> fields(joined.begin(), joined.end());
  return connection
      ->Query(
          "INSERT INTO rule_change (rule_set, number, rule, kind, old_source, new_source,"
          " changed_fields) SELECT $1, $2, * FROM unnest($3, $4, $5, $6, $7)",
          PostgresParameters(revision.record.rule_set, revision.number, rules, kinds, old_sources,
                             new_sources, fields))
      .status();
}

}  // namespace

absl::StatusOr<int64_t> LockLatest(std::string_view rule_set, PostgresConnection* connection) {
  constexpr char kSelect[] = "SELECT latest FROM rule_set WHERE id = $1 FOR UPDATE";
  PQL_ASSIGN_OR_RETURN(PostgresResult rows,
                       connection->Query(kSelect, PostgresParameters(rule_set)));
  if (rows.rows() == 0) {
    // A rule set without revisions has no row that could be locked.  This one is rolled back with
    // the transaction unless the rule set gets its first revision.
    PQL_RETURN_IF_ERROR(connection
                            ->Query("INSERT INTO rule_set (id, latest) VALUES ($1, 0)"
                                    " ON CONFLICT (id) DO NOTHING",
                                    PostgresParameters(rule_set))
                            .status());
    PQL_ASSIGN_OR_RETURN(rows, connection->Query(kSelect, PostgresParameters(rule_set)));
  }
  return rows.rows() == 0 ? 0 : rows.Int(0, 0);
}

absl::Status InsertRevision(const NewRevision& revision, const StoredRevision& stored,
                            PostgresConnection* connection) {
  const RevisionRecord& record = stored.record;
  PQL_RETURN_IF_ERROR(connection
                          ->Query("UPDATE rule_set SET latest = $2 WHERE id = $1",
                                  PostgresParameters(record.rule_set, stored.number))
                          .status());
  PQL_RETURN_IF_ERROR(
      connection
          ->Query(
              "INSERT INTO revision (rule_set, number, digest, create_time, cause, author, peer,"
              " comment, rolled_back_to) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
              PostgresParameters(record.rule_set, stored.number, record.digest, record.create_time,
                                 static_cast<int64_t>(record.cause), record.author, record.peer,
                                 record.comment, record.rolled_back_to))
          .status());
  PQL_RETURN_IF_ERROR(InsertChanges(stored, connection));
  PQL_RETURN_IF_ERROR(EndSources(revision, connection));
  return InsertSources(stored, connection);
}

absl::StatusOr<LatestNumbers> SelectLatestNumbers(std::string_view store,
                                                  PostgresConnection* connection) {
  PQL_ASSIGN_OR_RETURN(const PostgresResult rows,
                       connection->Query("SELECT id, latest FROM rule_set"));
  LatestNumbers latest;
  for (int row = 0; row < rows.rows(); ++row) {
    latest.emplace(rows.Text(row, 0), rows.Int(row, 1));
  }
  PQL_RETURN_IF_ERROR(CheckStoredNumbers(latest, store));
  return latest;
}

absl::StatusOr<StoredRevision> SelectRecord(std::string_view rule_set, int64_t number,
                                            PostgresConnection* connection) {
  PQL_ASSIGN_OR_RETURN(
      const PostgresResult rows,
      connection->Query(
          "SELECT number, digest, create_time, cause, author, peer, comment, rolled_back_to"
          " FROM revision WHERE rule_set = $1 AND number = CASE WHEN $2 <> 0 THEN $2"
          "  ELSE (SELECT latest FROM rule_set WHERE id = $1) END",
          PostgresParameters(rule_set, number)));
  if (rows.rows() == 0) return NoSuchRevision(rule_set, number);
  return RevisionOf(rows, 0, rule_set);
}

absl::StatusOr<std::vector<StoredSource>> SelectSources(std::string_view rule_set, int64_t number,
                                                        std::string_view store,
                                                        PostgresConnection* connection) {
  PQL_ASSIGN_OR_RETURN(
      const PostgresResult rows,
      connection->Query("SELECT path, text, language, api_managed::int::bigint, hash"
                        " FROM source_span JOIN source_text USING (hash)"
                        " WHERE rule_set = $1 AND first <= $2 AND (until IS NULL OR until > $2)"
                        " ORDER BY path, api_managed",
                        PostgresParameters(rule_set, number)));
  std::vector<StoredSource> sources;
  for (int row = 0; row < rows.rows(); ++row) {
    sources.push_back(
        {rows.Text(row, 0), rows.Text(row, 1), rows.Text(row, 2), rows.Int(row, 3) != 0});
    PQL_RETURN_IF_ERROR(CheckSourceText(sources.back(), rows.Text(row, 4), store));
  }
  return sources;
}

absl::StatusOr<std::map<int64_t, std::vector<StoredRuleChange>>> SelectChanges(
    std::string_view rule_set, const std::vector<int64_t>& numbers,
    PostgresConnection* connection) {
  PQL_ASSIGN_OR_RETURN(
      const PostgresResult rows,
      connection->Query(
          "SELECT number, rule, kind, old_source, new_source, changed_fields FROM rule_change"
          " WHERE rule_set = $1 AND number = ANY ($2) ORDER BY number, rule",
          PostgresParameters(rule_set, numbers)));
  std::map<int64_t, std::vector<StoredRuleChange>> changes;
  for (int row = 0; row < rows.rows(); ++row) {
    changes[rows.Int(row, 0)].push_back(
        {rows.Text(row, 1), static_cast<RuleChangeKind>(rows.Int(row, 2)), rows.Text(row, 3),
         rows.Text(row, 4), SplitFields(rows.Text(row, 5))});
  }
  return changes;
}

absl::StatusOr<RevisionPage> SelectPage(const RevisionQuery& query, std::string_view store,
                                        PostgresConnection* connection) {
  const int64_t before = query.before > 0 ? query.before : std::numeric_limits<int64_t>::max();
  // One more than asked for tells whether there are more.
  const auto limit = static_cast<int64_t>(query.limit) + 1;
  // With the size of the changes, so that only those of the page are fetched.
  PQL_ASSIGN_OR_RETURN(
      const PostgresResult rows,
      connection->Query(
          "SELECT number, digest, create_time, cause, author, peer, comment, rolled_back_to,"
          " (SELECT coalesce(sum(octet_length(rule) + octet_length(old_source)"
          "   + octet_length(new_source)), 0)::bigint FROM rule_change AS change"
          "  WHERE change.rule_set = revision.rule_set AND change.number = revision.number)"
          " FROM revision WHERE rule_set = $1 AND number < $2 AND number > $3"
          " AND ($4 = '' OR author = $4)"
          " AND ($5 = '' OR EXISTS (SELECT 1 FROM rule_change AS change"
          "  WHERE change.rule_set = revision.rule_set AND change.rule = $5"
          "  AND change.number = revision.number))"
          " ORDER BY number DESC LIMIT $6",
          PostgresParameters(query.rule_set, before, query.after, query.author, query.rule,
                             limit)));
  PageBuilder page(query);
  std::vector<int64_t> numbers;
  for (int row = 0; row < rows.rows() && !page.full(); ++row) {
    numbers.push_back(rows.Int(row, 0));
    page.Add(RevisionOf(rows, row, query.rule_set), static_cast<size_t>(rows.Int(row, 8)));
  }
  const bool has_more = static_cast<int>(numbers.size()) < rows.rows();
  PQL_ASSIGN_OR_RETURN(auto changes, SelectChanges(query.rule_set, numbers, connection));
  RevisionPage result = page.Finish(has_more);
  for (StoredRevision& revision : result.revisions) {
    revision.record.changes = std::move(changes[revision.number]);
    PQL_ASSIGN_OR_RETURN(revision, CheckStoredRevision(std::move(revision), store));
  }
  return result;
}

absl::StatusOr<std::map<std::string, RuleOrigin>> SelectOrigins(std::string_view rule_set,
                                                                int64_t number,
                                                                std::string_view store,
                                                                PostgresConnection* connection) {
  static_assert(static_cast<int>(RuleChangeKind::kRemoved) == 2);
  static_assert(static_cast<int>(RuleChangeKind::kDependencyModified) == 4);
  // From name to name and from each to its last change, by the index rule_change_own: the work is
  // that of the rules, not that of the history.
  PQL_ASSIGN_OR_RETURN(
      const PostgresResult rows,
      connection->Query(
          "WITH RECURSIVE name (rule) AS ("
          " SELECT min(rule) FROM rule_change WHERE rule_set = $1 AND kind <> 4"
          " UNION ALL SELECT (SELECT min(change.rule) FROM rule_change AS change"
          "   WHERE change.rule_set = $1 AND change.kind <> 4 AND change.rule > name.rule)"
          "  FROM name WHERE name.rule IS NOT NULL),"
          " own (rule, number) AS ("
          " SELECT rule, (SELECT max(change.number) FROM rule_change AS change"
          "   WHERE change.rule_set = $1 AND change.kind <> 4 AND change.rule = name.rule"
          "   AND change.number <= $2) FROM name WHERE rule IS NOT NULL)"
          " SELECT own.rule, own.number, revision.cause, revision.author, revision.create_time"
          " FROM own JOIN rule_change AS change ON change.rule_set = $1"
          "  AND change.number = own.number AND change.rule = own.rule AND change.kind <> 2"
          " JOIN revision ON revision.rule_set = $1 AND revision.number = own.number",
          PostgresParameters(rule_set, number)));
  std::map<std::string, RuleOrigin> origins;
  for (int row = 0; row < rows.rows(); ++row) {
    origins[rows.Text(row, 0)] = {rows.Int(row, 1), static_cast<RevisionCause>(rows.Int(row, 2)),
                                  rows.Text(row, 3), rows.Time(row, 4)};
  }
  PQL_RETURN_IF_ERROR(CheckStoredOrigins(origins, store));
  return origins;
}

}  // namespace pql
