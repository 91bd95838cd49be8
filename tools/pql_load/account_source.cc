#include "tools/pql_load/account_source.h"

#include <cmath>
#include <fstream>
#include <optional>
#include <utility>

#include "accounts/account_reader.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "tools/pql/remote/rule_set_client.h"
#include "tools/pql_load/leads.h"
#include "tools/pql_load/serve_workload.h"

namespace pql {
namespace {

constexpr size_t kGenerated = 4'096;
constexpr size_t kMostRead = 10'000;

std::string RandomText(bench::Random* random) { return StrCat("text", random->Below(100)); }

// Of the sizes that metrics have: small counts and shares as well as large ones.
double RandomNumber(bench::Random* random) {
  if (random->Chance(0.2)) return random->Unit();
  return std::floor(std::pow(10.0, random->In(0, 5)));
}

Value RandomValue(const Type& type, bench::Random* random) {
  constexpr int64_t kHour = 3'600'000'000;               // in microseconds
  constexpr int64_t kFirstTime = 1'767'225'600'000'000;  // 2026-01-01
  constexpr size_t kHoursOfYear = 8'760;
  switch (type.kind()) {
    case Type::Kind::kNumber:
      return Value::Number(RandomNumber(random));
    case Type::Kind::kBool:
      return Value::Bool(random->Chance(0.5));
    case Type::Kind::kString:
      return Value::String(RandomText(random));
    case Type::Kind::kOneOf:
      return Value::String(type.options()[random->Below(type.options().size())]);
    case Type::Kind::kTimestamp:
      return Value::Time(
          Timestamp{kFirstTime + kHour * static_cast<int64_t>(random->Below(kHoursOfYear))});
    case Type::Kind::kDuration:
      return Value::Span(Duration{kHour * static_cast<int64_t>(random->Below(kHoursOfYear))});
    case Type::Kind::kNumberList:
      return Value::List(Value::NumberList{RandomNumber(random), RandomNumber(random)});
    case Type::Kind::kStringList:
      return Value::List(Value::StringList{RandomText(random), RandomText(random)});
    case Type::Kind::kUnknown:
      break;
  }
  return Value::Missing();
}

std::vector<v1::Account> Generate(const RuleSetClient& client) {
  bench::Random random(bench::kSeed);
  const auto& metrics = client.metrics().metrics;
  std::vector<v1::Account> accounts;
  for (size_t n = 0; n < kGenerated; ++n) {
    AccountRow row{.id = StrCat("account", n), .account = Account(client.metrics())};
    for (uint32_t i = 0; i < metrics.size(); ++i) {
      row.account.Set(i, RandomValue(metrics[i].type, &random));
    }
    accounts.push_back(client.ToAccount(row));
  }
  return accounts;
}

absl::StatusOr<std::vector<v1::Account>> ReadFrom(const std::string& path,
                                                  const RuleSetClient& client) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(StrCat("--accounts: cannot read `", path, "`"));
  PQL_ASSIGN_OR_RETURN(const std::unique_ptr<AccountReader> reader,
                       OpenAccounts(client.metrics(), &file, AccountReaderOptions()));
  std::vector<v1::Account> accounts;
  while (accounts.size() < kMostRead) {
    PQL_ASSIGN_OR_RETURN(const std::optional<AccountRow> row, reader->Next());
    if (!row.has_value()) break;
    accounts.push_back(client.ToAccount(*row));
  }
  if (accounts.empty()) {
    return absl::InvalidArgumentError(StrCat("--accounts: `", path, "` has no account"));
  }
  return accounts;
}

}  // namespace

absl::StatusOr<std::vector<v1::Account>> ReadAccountsForLoad(const std::string& source,
                                                             const std::string& rule_set,
                                                             const Connection& connection) {
  if (source == "serve") return ServeAccounts(kGenerated);
  RuleSetClient client(&connection, rule_set);
  PQL_RETURN_IF_ERROR(client.Connect());
  if (source == "generated") return Generate(client);
  return ReadFrom(source, client);
}

}  // namespace pql
