// JSON as it is printed: keys in the order of insertion, numbers as the shortest text that reads
// back as the same double, whole ones without `.0`.  Thread-safe: no state.

#ifndef TOOLS_PQL_JSON_TEXT_H_
#define TOOLS_PQL_JSON_TEXT_H_

#include <string>
#include <string_view>

#include "nlohmann/json.hpp"

namespace pql {

using Json = nlohmann::ordered_json;

// The field of an object, or null when it is not there or JSON's null.
const Json* Field(const Json& object, const char* name);
// The text of a field; empty when there is none.
std::string TextOf(const Json& object, const char* name);

// On one line, without spaces.  Strings that are not UTF-8 have U+FFFD for each bad sequence.
std::string CompactJson(const Json& json);
// Indented by two spaces; no line end at the end.
std::string PrettyJson(const Json& json);

// The same for a string, quotes included, and for a number, behind what is in `out`.
void AppendJsonString(std::string_view text, std::string* out);
void AppendJsonNumber(double number, std::string* out);
std::string JsonString(std::string_view text);

}  // namespace pql

#endif  // TOOLS_PQL_JSON_TEXT_H_
