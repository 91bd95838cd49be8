// The client's configuration file of any bytes: refused with a message that names the line, or
// settings that are lines without white space around them; written down they are read as the same.

#include <string>

#include "base/strings.h"
#include "tests/fuzz/messages.h"
#include "tools/pql/remote/connection.h"

namespace pql {
namespace {

using fuzz::Require;

bool IsSpace(char c) { return c == ' ' || ('\t' <= c && c <= '\r'); }

void ReadConfig(const std::string& text) {
  const absl::StatusOr<ConnectionSettings> settings = ParseConnectionSettings("config", text);
  if (!settings.ok()) {
    fuzz::RequireGoodMessage(settings.status());
    Require(settings.status().message().find("config:") == 0, "the place is named", text);
    return;
  }
  std::string written;
  for (const auto& [name, value] : *settings) {
    Require(value.find('\n') == std::string::npos, "a setting is of one line", text);
    Require(value.empty() || (!IsSpace(value.front()) && !IsSpace(value.back())),
            "white space around a setting is none of it", text);
    StrAppend(&written, "\t", name, "=", value, " \r\n\n # ", value, "\n");
  }
  const absl::StatusOr<ConnectionSettings> again = ParseConnectionSettings("config", written);
  Require(again.ok() && *again == *settings, "what is written is read", written);
}

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pql::ReadConfig(pql::fuzz::TextOf(data, size));
  return 0;
}
