#include "store/postgres_target.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "base/strings.h"

namespace pql {
namespace {

// What tells people which database is meant.
constexpr std::array<std::string_view, 6> kShown = {"host",   "hostaddr", "port",
                                                    "dbname", "user",     "service"};

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

bool IsSecret(std::string_view keyword) {
  return keyword.find("password") != std::string_view::npos;
}

}  // namespace

absl::StatusOr<PostgresTarget> PostgresTarget::Parse(std::string_view conninfo) {
  PostgresTarget target;
  target.conninfo_ = conninfo;
  // libpq's own message may quote a part of a password that lost its quotes.
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(target.conninfo_.c_str(), &message));
  PQfreemem(message);
  if (options == nullptr || target.conninfo_.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(
        "`postgres:` needs a connection string of libpq, as in `postgres:host=db dbname=pql "
        "user=pqld` or `postgres://pqld@db/pql`; the one given is malformed (a keyword that libpq "
        "does not know, or a value with a space that needs quotes?)");
  }
  target.description_ = "postgres:";
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr || *option->val == '\0') continue;
    if (IsSecret(option->keyword)) target.secrets_.emplace_back(option->val);
    if (std::find(kShown.begin(), kShown.end(), option->keyword) == kShown.end()) continue;
    if (!target.description_.ends_with(':')) target.description_ += ' ';
    StrAppend(&target.description_, option->keyword, "=", option->val);
  }
  return target;
}

std::string PostgresTarget::Redact(std::string_view message) const {
  std::string text(message);
  for (const std::string& secret : secrets_) {
    text = absl::StrReplaceAll(text, {{secret, "***"}});
  }
  absl::StripAsciiWhitespace(&text);
  return absl::StrReplaceAll(text, {{"\n\t", " "}, {"\n", "; "}});
}

}  // namespace pql
