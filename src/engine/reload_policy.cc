#include "engine/reload_policy.h"

namespace pql {

std::string_view ReloadDecisionName(ReloadDecision decision) {
  switch (decision) {
    case ReloadDecision::kNothing:
      return "nothing";
    case ReloadDecision::kCompile:
      return "compile";
    case ReloadDecision::kClearFailure:
      return "clear failure";
    case ReloadDecision::kReportFailure:
      return "report failure";
    case ReloadDecision::kForget:
      return "forget";
  }
  return "";
}

ReloadDecision DecideReload(const KnownVersion& known, const OfferedVersion& offered) {
  if (offered.kind == OfferedVersion::Kind::kSources) {
    if (offered.digest == known.in_force) {
      return known.has_failure ? ReloadDecision::kClearFailure : ReloadDecision::kNothing;
    }
    const bool failed_before = known.has_failure && offered.digest == known.failed_digest;
    return failed_before ? ReloadDecision::kNothing : ReloadDecision::kCompile;
  }
  if (offered.kind == OfferedVersion::Kind::kGone && known.in_force.empty()) {
    return ReloadDecision::kForget;
  }
  const bool reported = known.has_failure && known.failed_error == offered.error;
  return reported ? ReloadDecision::kNothing : ReloadDecision::kReportFailure;
}

}  // namespace pql
