#include "tools/pql_load/leads.h"

#include <cmath>

namespace pql::bench {
namespace {

template <size_t N>
std::string_view Pick(Random* random, const std::string_view (&choices)[N]) {
  return choices[random->Below(N)];
}

constexpr std::string_view kPlans[] = {"free", "trial",    "starter",
                                       "team", "business", "enterprise"};
constexpr std::string_view kCountries[] = {"US", "GB", "CA", "FR", "DE", "IN",
                                           "BR", "JP", "ES", "NL", "SE", "AU"};
constexpr std::string_view kIndustries[] = {"software", "education", "retail", "finance",
                                            "health",   "media",     "travel", "energy"};
constexpr std::string_view kDomains[] = {"gmail.com",   "acme.example",    "initech.example",
                                         "outlook.com", "globex.example",  "hooli.example",
                                         "yahoo.com",   "umbrella.example"};

LeadAccount RandomLead(Random* random) {
  LeadAccount lead;
  lead.messages = std::floor(random->In(0, 5'000));
  lead.channels = std::floor(random->In(0, 8));
  lead.dau_wau = random->Unit();
  lead.plan = Pick(random, kPlans);
  lead.country = Pick(random, kCountries);
  lead.industry = Pick(random, kIndustries);
  lead.integrations = std::floor(random->In(0, 5));
  lead.is_trial = random->Chance(0.5);
  lead.email_domain = Pick(random, kDomains);
  lead.days_since_signup = std::floor(random->In(0, 365));
  return lead;
}

}  // namespace

LeadAccount HotLead() {
  return {.messages = 3'500,
          .channels = 7,
          .dau_wau = 0.6,
          .plan = "trial",
          .country = "FR",
          .industry = "software",
          .integrations = 3,
          .is_trial = true,
          .email_domain = "acme.example",
          .days_since_signup = 30};
}

const std::vector<LeadAccount>& ColdLeads() {
  static const auto& leads = *[] {
    auto* made = new std::vector<LeadAccount>();
    Random random(kSeed);
    for (size_t i = 0; i < kColdLeads; ++i) made->push_back(RandomLead(&random));
    return made;
  }();
  return leads;
}

}  // namespace pql::bench
