// Addresses that no packet leaves the machine for.  Thread-safe: no state.

#ifndef PQL_BASE_LOOPBACK_H_
#define PQL_BASE_LOOPBACK_H_

#include <algorithm>
#include <string_view>

namespace pql {

// Whether HOST:PORT can only be reached from this machine: `localhost`, 127.0.0.0/8 (RFC 1122,
// section 3.2.1.3), and not a name that merely begins like one (`127.example.com`), or `[::1]`.
inline bool IsLoopback(std::string_view address) {
  const std::string_view host = address.substr(0, address.rfind(':'));
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace pql

#endif  // PQL_BASE_LOOPBACK_H_
