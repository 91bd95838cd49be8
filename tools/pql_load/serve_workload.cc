#include "tools/pql_load/serve_workload.h"

#include <string>

#include "absl/strings/str_format.h"
#include "tools/pql_load/leads.h"

namespace pql {
namespace {

constexpr size_t kAccounts = 4'096;

v1::Account AccountOf(const bench::LeadAccount& lead) {
  v1::Account account;
  auto& metrics = *account.mutable_metrics();
  const auto text = [&metrics](const char* name, std::string_view value) {
    metrics[name].set_string_value(std::string(value));
  };
  metrics["messages"].set_number_value(lead.messages);
  metrics["channels"].set_number_value(lead.channels);
  metrics["dau_wau"].set_number_value(lead.dau_wau);
  text("plan", lead.plan);
  text("country", lead.country);
  text("industry", lead.industry);
  metrics["integrations"].set_number_value(lead.integrations);
  metrics["is_trial"].set_bool_value(lead.is_trial);
  text("email_domain", lead.email_domain);
  metrics["days_since_signup"].set_number_value(lead.days_since_signup);
  return account;
}

}  // namespace

std::vector<v1::Account> ServeAccounts(size_t count) {
  std::vector<v1::Account> accounts;
  accounts.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const size_t number = i % kAccounts;
    accounts.push_back(AccountOf(bench::ColdLeads()[number]));
    accounts.back().set_id(absl::StrFormat("a%03x", number));
  }
  return accounts;
}

void SetTypicalEvaluation(v1::AccountEvaluation* evaluation) {
  for (const char* name : {"integrated", "message_limit"}) {
    v1::RuleEvaluation* rule = evaluation->add_rules();
    rule->set_rule(name);
    rule->set_outcome("QUALIFIED");
  }
}

void SetTypicalAnswer(v1::EvaluateResponse* answer) {
  SetTypicalEvaluation(answer->mutable_evaluation());
  SetTypicalOrigin(answer);
}

}  // namespace pql
