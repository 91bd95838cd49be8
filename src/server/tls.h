// The server's side of TLS: certificates from files, followed for changes.
//
// gRPC's own follower of files (FileWatcherCertificateProvider) takes whatever it reads, and a
// certificate that is broken then ends all further connections.  Here files are looked at first,
// and what is wrong with them changes nothing but the log.

#ifndef PQL_SERVER_TLS_H_
#define PQL_SERVER_TLS_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "server/log.h"

namespace pql {

struct TlsOptions {
  std::string cert;  // --tls-cert: PEM, the server's certificate and those between it and a CA
  std::string key;   // --tls-key: PEM, its private key
  std::string
      client_ca;  // --tls-client-ca: PEM, who signs client certificates; empty: not asked for
};

// What the files of TlsOptions hold; they fit each other.
struct TlsIdentity {
  std::string cert;
  std::string key;
  std::string client_ca;

  friend bool operator==(const TlsIdentity&, const TlsIdentity&) = default;
};

// Reads the files.  INVALID_ARGUMENT names the flag, and says why: a file can't be read, holds
// something else, the key is not the certificate's, the certificate is not valid at `now`.
absl::StatusOr<TlsIdentity> ReadTlsIdentity(const TlsOptions& options, absl::Time now);

// The certificates that new connections get, as the files have them.  Thread-safe.
class TlsCertificates : public std::enable_shared_from_this<TlsCertificates> {
 public:
  // `clock` and `log` outlive it.  INVALID_ARGUMENT as ReadTlsIdentity.
  static absl::StatusOr<std::shared_ptr<TlsCertificates>> Load(const TlsOptions& options,
                                                               const Clock* clock, Log* log);

  // Reads the files again.  Those that are no good change nothing, and are logged once, unless they
  // are good at the next look: two files are not replaced at one moment.
  void Reload();

  // Credentials that follow the certificates.  One object for one server; connections are to be
  // handed to that server by one thread, for gRPC swaps certificates without a lock.
  // `require_client_certificate`: whether a client without one is turned away; else one may show a
  // token instead.  Without --tls-client-ca none is asked for.
  std::shared_ptr<grpc::ServerCredentials> MakeCredentials(bool require_client_certificate);

  // What is in force; another object after every change.
  std::shared_ptr<const TlsIdentity> current() const;

 private:
  TlsCertificates(const TlsOptions& options, const Clock* clock, Log* log, TlsIdentity identity)
      : options_(options),
        clock_(clock),
        log_(log),
        current_(std::make_shared<const TlsIdentity>(std::move(identity))) {}

  const TlsOptions options_;
  const Clock* const clock_;
  Log* const log_;
  mutable std::mutex mutex_;
  std::shared_ptr<const TlsIdentity> current_;
  std::string seen_error_;    // of the last look
  std::string logged_error_;  // empty: none since the files were good
};

}  // namespace pql

#endif  // PQL_SERVER_TLS_H_
