// One call across the plug-in boundary: values to C and back, what comes back checked.
// Thread-safe: each call has its own state.

#ifndef PQL_LANGUAGE_PLUGIN_CALL_H_
#define PQL_LANGUAGE_PLUGIN_CALL_H_

#include <optional>
#include <span>
#include <string>

#include "language/plugin_api.h"
#include "language/type.h"
#include "language/value.h"

namespace pql {

struct PluginResult {
  Value value;          // missing when there is a problem
  std::string problem;  // "returned ...", "threw ...", "failed: ..."; empty: none
};

// REQUIRES: the arguments are present.
PluginResult CallPlugin(const pql_function& function, std::span<const Value> arguments,
                        Type::Kind result);

// Nothing for a number that is no type of values.
std::optional<Type::Kind> PluginTypeKind(pql_type type);
Type::Kind KindOf(const Value& value);  // REQUIRES: present

// A value that a plug-in declares.  `*problem` says what is wrong with it; the value is then
// missing.
Value ReadPluginValue(const pql_value& value, std::string* problem);

// Why the text can't be taken: null, not UTF-8, too large.  Empty: it can.
std::string PluginTextProblem(pql_text text);

}  // namespace pql

#endif  // PQL_LANGUAGE_PLUGIN_CALL_H_
