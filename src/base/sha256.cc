#include "base/sha256.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace pql {

std::string Sha256(std::string_view bytes) {
  std::string digest(32, '\0');
  unsigned size = 0;
  // Nothing can be done without it, and it fails only when memory or the library is broken.
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                 EVP_sha256(), nullptr) != 1 ||
      size != digest.size()) {
    std::abort();
  }
  return digest;
}

}  // namespace pql
