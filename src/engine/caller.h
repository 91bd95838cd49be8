// Who makes a call: what authentication found out, for the record of a change.  A value.

#ifndef PQL_ENGINE_CALLER_H_
#define PQL_ENGINE_CALLER_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "engine/trace_context.h"

namespace pql {

struct Caller {
  std::string identity = "anonymous";  // never empty
  std::string peer;                    // network address, "192.0.2.7:50312"; empty: not known
  bool authenticated = false;          // the identity is proved, by certificate or token
  absl::Time proved_until = absl::InfiniteFuture();  // from then on it is not
  bool bad_token = false;                            // a token was sent that is nobody's
  bool is_local = false;                             // calls from this machine
  std::optional<TraceContext> trace = std::nullopt;  // that the call belongs to, as the caller says
};

}  // namespace pql

#endif  // PQL_ENGINE_CALLER_H_
