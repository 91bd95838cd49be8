// The server's side of TLS: certificates from files, followed for changes.  Thread-safe: no state.

#ifndef PQL_SERVER_TLS_H_
#define PQL_SERVER_TLS_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pql {

struct TlsOptions {
  std::string cert;  // --tls-cert: PEM, the server's certificate and those between it and a CA
  std::string key;   // --tls-key: PEM, its private key
  std::string
      client_ca;  // --tls-client-ca: PEM, who signs client certificates; empty: not asked for
  // Whether a client without a certificate is turned away; else one may show a token instead.
  bool require_client_certificate = true;
};

// OK when the files can be read, the key is the certificate's and the certificate is valid at
// `now`.  INVALID_ARGUMENT names the flag, and says why.
absl::Status CheckTlsFiles(const TlsOptions& options, absl::Time now);

// Follows the files: a certificate that is replaced is used for new connections within a second;
// files that do not fit each other meanwhile change nothing.
// REQUIRES: CheckTlsFiles was OK.
std::shared_ptr<grpc::ServerCredentials> MakeTlsCredentials(const TlsOptions& options);

}  // namespace pql

#endif  // PQL_SERVER_TLS_H_
