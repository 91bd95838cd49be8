// The accounts that the workloads R2, R10 and "serve" are measured with: the same for every engine,
// program and run.
//
// Pure functions of one seed.

#ifndef TOOLS_PQL_LOAD_LEADS_H_
#define TOOLS_PQL_LOAD_LEADS_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace pql::bench {

inline constexpr uint64_t kSeed = 20'261'121;

// Uniform choices that are the same with every standard library.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  double Unit() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  double In(double low, double high) { return low + (high - low) * Unit(); }
  size_t Below(size_t bound) { return engine_() % bound; }
  bool Chance(double probability) { return Unit() < probability; }

 private:
  std::mt19937_64 engine_;
};

// The metrics of these workloads, in any engine's form.
struct LeadAccount {
  double messages = 0;
  double channels = 0;
  double dau_wau = 0;
  std::string_view plan;
  std::string_view country;
  std::string_view industry;
  double integrations = 0;
  bool is_trial = false;
  std::string_view email_domain;
  double days_since_signup = 0;
};

LeadAccount HotLead();                        // every condition of R10 holds
const std::vector<LeadAccount>& ColdLeads();  // 65,536 random ones
inline constexpr size_t kColdLeads = 65'536;  // a power of two

}  // namespace pql::bench

#endif  // TOOLS_PQL_LOAD_LEADS_H_
