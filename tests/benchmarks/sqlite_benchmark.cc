// The same conditions as a prepared statement of SQLite over parameters.

#include <sqlite3.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "benchmark/benchmark.h"
#include "tests/benchmarks/benchmarks.h"
#include "tests/benchmarks/workloads.h"

namespace pql::bench {
namespace {

using ::benchmark::State;

constexpr std::string_view kSqlR2 = "?1 >= 2000 AND ?2 > 2";
// With IN, which makes a table for each execution, it takes four times as long.
constexpr std::string_view kSqlR10 =
    "?1 >= 2000 AND ?2 > 2 AND ?3 > 0.4 AND (?4 = 'free' OR ?4 = 'trial' OR ?4 = 'starter') AND "
    "(?5 = 'US' OR ?5 = 'GB' OR ?5 = 'CA' OR ?5 = 'FR' OR ?5 = 'DE') AND NOT (?6 = 'education') "
    "AND (?7 >= 2 OR ?8) AND ?9 <> 'gmail.com' AND ?10 <= 90";

class Statement {
 public:
  explicit Statement(std::string_view condition) {
    const std::string sql = StrCat("SELECT ", condition);
    if (sqlite3_open(":memory:", &database_) != SQLITE_OK ||
        sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement_, nullptr) != SQLITE_OK) {
      std::abort();
    }
    parameters_ = sqlite3_bind_parameter_count(statement_);
  }
  ~Statement() {
    sqlite3_finalize(statement_);
    sqlite3_close(database_);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void Bind(const LeadAccount& lead) {
    sqlite3_bind_double(statement_, 1, lead.messages);
    sqlite3_bind_double(statement_, 2, lead.channels);
    if (parameters_ == 2) return;
    sqlite3_bind_double(statement_, 3, lead.dau_wau);
    BindText(4, lead.plan);
    BindText(5, lead.country);
    BindText(6, lead.industry);
    sqlite3_bind_double(statement_, 7, lead.integrations);
    sqlite3_bind_int(statement_, 8, lead.is_trial ? 1 : 0);
    BindText(9, lead.email_domain);
    sqlite3_bind_double(statement_, 10, lead.days_since_signup);
  }
  bool Holds() {
    sqlite3_step(statement_);
    const bool holds = sqlite3_column_int(statement_, 0) != 0;
    sqlite3_reset(statement_);
    return holds;
  }

 private:
  void BindText(int parameter, std::string_view text) {
    sqlite3_bind_text(statement_, parameter, text.data(), static_cast<int>(text.size()),
                      SQLITE_STATIC);
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  int parameters_ = 0;
};

void Hot(State& state, std::string_view condition) {
  Statement statement(condition);
  const LeadAccount lead = HotLead();
  statement.Bind(lead);
  if (!statement.Holds()) state.SkipWithError("the hot account does not qualify");
  for (auto _ : state) benchmark::DoNotOptimize(statement.Holds());
}

void Cold(State& state, std::string_view condition) {
  Statement statement(condition);
  size_t next = 0;
  for (auto _ : state) {
    statement.Bind(ColdLeads()[next++ % kColdLeads]);
    benchmark::DoNotOptimize(statement.Holds());
  }
}

}  // namespace

void RegisterSqliteBenchmarks() {
  ::benchmark::RegisterBenchmark("R2/hot/SQLite", [](State& state) { Hot(state, kSqlR2); });
  ::benchmark::RegisterBenchmark("R10/hot/SQLite", [](State& state) { Hot(state, kSqlR10); });
  ::benchmark::RegisterBenchmark("R2/cold/SQLite", [](State& state) { Cold(state, kSqlR2); });
  ::benchmark::RegisterBenchmark("R10/cold/SQLite", [](State& state) { Cold(state, kSqlR10); });
}

}  // namespace pql::bench
