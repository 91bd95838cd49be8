#include "store/open_rule_store.h"

#include <optional>
#include <string>

#include "base/strings.h"
#include "store/memory_rule_store.h"
#include "store/postgres_rule_store.h"
#include "store/sqlite_rule_store.h"

namespace pql {
namespace {

constexpr std::string_view kSqlite = "sqlite:";
constexpr std::string_view kPostgres = "postgres:";
constexpr std::string_view kPostgresUrls[] = {"postgres://", "postgresql://"};

// What libpq takes of it: a URL as a whole, key-value pairs without the kind; nullopt: no
// PostgreSQL.
std::optional<std::string_view> ConninfoOf(std::string_view spec) {
  for (const std::string_view url : kPostgresUrls) {
    if (spec.starts_with(url)) return spec;
  }
  if (spec.starts_with(kPostgres)) return spec.substr(kPostgres.size());
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RuleStore>> OpenRuleStore(std::string_view spec, const Clock* clock,
                                                         const StoreOptions& options) {
  if (spec == "memory") {
    return std::make_unique<MemoryRuleStore>(clock, options.request_retention);
  }
  if (spec.starts_with(kSqlite)) {
    const std::string path(spec.substr(kSqlite.size()));
    if (path.empty() || path == ":memory:") {
      return absl::InvalidArgumentError(
          "`sqlite:` needs the path of a file, as in sqlite:/var/lib/pqld/rules.db; without a "
          "file there is `memory`");
    }
    return SqliteRuleStore::Open(path, clock, options.request_retention);
  }
  if (const std::optional<std::string_view> conninfo = ConninfoOf(spec); conninfo.has_value()) {
    return PostgresRuleStore::Open(*conninfo, clock, options);
  }
  // Not quoted: what was mistyped may have a password in it.
  return absl::InvalidArgumentError(
      "no such kind of rule store; expected `memory`, `sqlite:PATH` or `postgres:CONNINFO`");
}

}  // namespace pql
