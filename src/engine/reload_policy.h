// What to do when the sources of a rule set are looked at again: a pure function, so that every
// case stands in a table of its test.  Thread-safe: no state.

#ifndef PQL_ENGINE_RELOAD_POLICY_H_
#define PQL_ENGINE_RELOAD_POLICY_H_

#include <string>
#include <string_view>

namespace pql {

// What is known of a rule set before the look.
struct KnownVersion {
  std::string in_force;       // digest; empty: no version ever compiled
  bool has_failure = false;   // a newer version is known to be no good
  std::string failed_digest;  // of that version; empty: it could not be read
  std::string failed_error;   // why it could not be read; empty: it could
};

// What the look found.
struct OfferedVersion {
  enum class Kind { kSources, kUnreadable, kGone };
  Kind kind = Kind::kSources;
  std::string digest;  // of kSources
  std::string error;   // of kUnreadable and kGone
};

enum class ReloadDecision {
  kNothing,        // seen before
  kCompile,        // new text
  kClearFailure,   // what is in force came back after something that was no good
  kReportFailure,  // keep what is in force, and say why it is not the newest
  kForget,         // gone, and nothing of it was ever in force
};
std::string_view ReloadDecisionName(ReloadDecision decision);  // "compile"

// Nothing that goes wrong with the sources takes a rule set out of force, not even their removal:
// whoever calls the server gets answers by the last good version until a better one comes.
ReloadDecision DecideReload(const KnownVersion& known, const OfferedVersion& offered);

}  // namespace pql

#endif  // PQL_ENGINE_RELOAD_POLICY_H_
