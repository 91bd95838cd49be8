// The statements of the PostgreSQL rule store that need no more than a connection: what is written
// and read of a revision.

#ifndef PQL_STORE_POSTGRES_QUERIES_H_
#define PQL_STORE_POSTGRES_QUERIES_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/postgres_connection.h"
#include "store/rule_store.h"

namespace pql {

// The latest number of the rule set, 0 if it has none; no other transaction commits to the rule set
// until this one ends.  REQUIRES: within a transaction.
absl::StatusOr<int64_t> LockLatest(std::string_view rule_set, PostgresConnection* connection);

// Writes the revision, `stored` being AsStored of it, and makes it the latest.  REQUIRES: within
// the transaction that locked the rule set and found it at the parent.
absl::Status InsertRevision(const NewRevision& revision, const StoredRevision& stored,
                            PostgresConnection* connection);

// `store`, here and below, names it in errors.
absl::StatusOr<LatestNumbers> SelectLatestNumbers(std::string_view store,
                                                  PostgresConnection* connection);

// Without changes and sources, and not checked; `number` 0: the latest.  NOT_FOUND.
absl::StatusOr<StoredRevision> SelectRecord(std::string_view rule_set, int64_t number,
                                            PostgresConnection* connection);
absl::StatusOr<std::vector<StoredSource>> SelectSources(std::string_view rule_set, int64_t number,
                                                        std::string_view store,
                                                        PostgresConnection* connection);
// By number of the revision.
absl::StatusOr<std::map<int64_t, std::vector<StoredRuleChange>>> SelectChanges(
    std::string_view rule_set, const std::vector<int64_t>& numbers, PostgresConnection* connection);

absl::StatusOr<RevisionPage> SelectPage(const RevisionQuery& query, std::string_view store,
                                        PostgresConnection* connection);

absl::StatusOr<std::map<std::string, RuleOrigin>> SelectOrigins(std::string_view rule_set,
                                                                int64_t number,
                                                                std::string_view store,
                                                                PostgresConnection* connection);

}  // namespace pql

#endif  // PQL_STORE_POSTGRES_QUERIES_H_
