// SHA-256 (FIPS 180-4).  Thread-safe: no state.

#ifndef PQL_BASE_SHA256_H_
#define PQL_BASE_SHA256_H_

#include <string>
#include <string_view>

namespace pql {

// The 32 bytes of the digest.
std::string Sha256(std::string_view bytes);

}  // namespace pql

#endif  // PQL_BASE_SHA256_H_
