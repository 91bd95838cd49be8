#include "tests/store/store_place.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/testing/postgres_server.h"

namespace pql {

std::string NameOf(StoreKind kind) {
  switch (kind) {
    case StoreKind::kMemory:
      return "Memory";
    case StoreKind::kSqlite:
      return "Sqlite";
    case StoreKind::kPostgres:
      return "Postgres";
  }
  return "";
}

StorePlace::StorePlace(StoreKind kind) : kind_(kind) {
  static std::atomic<int> places{0};
  switch (kind) {
    case StoreKind::kMemory:
      spec_ = "memory";
      break;
    case StoreKind::kSqlite:
      spec_ = "sqlite:" + file();
      break;
    case StoreKind::kPostgres:
      spec_ = "postgres:" + PostgresServer::Shared().conninfo();
      // In quotes wherever it is used, hence a name that needs them.
      options_.schema = "Place \"" + std::to_string(places++) + "\"";
      break;
  }
}

StorePlace::~StorePlace() {
  if (kind_ != StoreKind::kPostgres) return;
  std::string quoted = options_.schema;
  for (size_t at = 0; (at = quoted.find('"', at)) != std::string::npos; at += 2) {
    quoted.insert(at, 1, '"');
  }
  PostgresServer::Shared().Execute("DROP SCHEMA IF EXISTS \"" + quoted + "\" CASCADE");
}

absl::StatusOr<std::unique_ptr<RuleStore>> StorePlace::TryOpen(const Clock* clock) const {
  return OpenRuleStore(spec_, clock, options_);
}

std::unique_ptr<RuleStore> StorePlace::Open(const Clock* clock) const {
  absl::StatusOr<std::unique_ptr<RuleStore>> store = TryOpen(clock);
  EXPECT_TRUE(store.ok()) << store.status();
  return store.ok() ? *std::move(store) : nullptr;
}

}  // namespace pql
