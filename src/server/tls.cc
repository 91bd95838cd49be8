#include "server/tls.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace pql {
namespace {

constexpr size_t kMaxPemBytes = 1 << 20;

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using ContextPtr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

absl::Status Bad(std::string_view flag, std::string_view problem) {
  return absl::InvalidArgumentError(StrCat(flag, ": ", problem));
}

absl::StatusOr<std::string> ReadPem(std::string_view flag, const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path, kMaxPemBytes);
  if (!text.ok()) return Bad(flag, FromAbsl(text.status().message()));
  return text;
}

BioPtr Open(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free};
}

// All of a file, at least one.
absl::StatusOr<std::vector<CertificatePtr>> ParseCertificates(std::string_view flag,
                                                              const std::string& path,
                                                              const std::string& pem) {
  const BioPtr bio = Open(pem);
  std::vector<CertificatePtr> certificates;
  ERR_clear_error();
  for (;;) {
    CertificatePtr next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    if (next == nullptr) break;
    certificates.push_back(std::move(next));
  }
  const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (certificates.empty()) {
    return Bad(flag, StrCat("`", path, "` holds no certificate in PEM form"));
  }
  if (!is_end) {
    return Bad(flag, StrCat("what follows certificate ", certificates.size(), " in `", path,
                            "` can't be read"));
  }
  return certificates;
}

absl::Status CheckTimes(const std::string& path, const X509* certificate, absl::Time now) {
  time_t seconds = absl::ToTimeT(now);
  if (X509_cmp_time(X509_get0_notAfter(certificate), &seconds) < 0) {
    return Bad("--tls-cert", StrCat("the certificate in `", path, "` has expired"));
  }
  if (X509_cmp_time(X509_get0_notBefore(certificate), &seconds) > 0) {
    return Bad("--tls-cert", StrCat("the certificate in `", path, "` is not valid yet"));
  }
  return absl::OkStatus();
}

// Such as a key that is too short.
absl::Status CheckOpenSslTakesIt(const std::string& path, X509* certificate) {
  const ContextPtr context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  ERR_clear_error();
  if (context != nullptr && SSL_CTX_use_certificate(context.get(), certificate) == 1) {
    return absl::OkStatus();
  }
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return Bad("--tls-cert", StrCat("OpenSSL does not take the certificate in `", path,
                                  "`: ", reason == nullptr ? "no reason given" : reason));
}

// The certificates of a server, and how far it has told gRPC of them.
class FollowingCredentials : public grpc::ServerCredentials {
 public:
  FollowingCredentials(std::shared_ptr<TlsCertificates> certificates,
                       grpc_ssl_client_certificate_request_type client_certificates)
      : certificates_(std::move(certificates)),
        credentials_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(client_certificates,
                                                                            &Fetch, this))) {}
  ~FollowingCredentials() override { grpc_server_credentials_release(credentials_); }

  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  // gRPC asks before every handshake, and goes on with what it has if a new one is no good.
  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    return static_cast<FollowingCredentials*>(self)->Fetch(config);
  }
  grpc_ssl_certificate_config_reload_status Fetch(grpc_ssl_server_certificate_config** config) {
    const std::shared_ptr<const TlsIdentity> current = certificates_->current();
    if (current == told_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const TlsIdentity& identity = *current;
    const grpc_ssl_pem_key_cert_pair pair = {identity.key.c_str(), identity.cert.c_str()};
    // gRPC insists on some authority, also where no client is asked for a certificate.
    const std::string& client_ca = identity.client_ca.empty() ? identity.cert : identity.client_ca;
    *config = grpc_ssl_server_certificate_config_create(client_ca.c_str(), &pair, 1);
    told_ = current;
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  const std::shared_ptr<TlsCertificates> certificates_;
  grpc_server_credentials* const credentials_;
  std::shared_ptr<const TlsIdentity> told_;
};

}  // namespace

absl::StatusOr<TlsIdentity> ReadTlsIdentity(const TlsOptions& options, absl::Time now) {
  TlsIdentity identity;
  PQL_ASSIGN_OR_RETURN(identity.cert, ReadPem("--tls-cert", options.cert));
  PQL_ASSIGN_OR_RETURN(const std::vector<CertificatePtr> chain,
                       ParseCertificates("--tls-cert", options.cert, identity.cert));
  X509* const certificate = chain.front().get();
  PQL_RETURN_IF_ERROR(CheckTimes(options.cert, certificate, now));
  PQL_RETURN_IF_ERROR(CheckOpenSslTakesIt(options.cert, certificate));
  PQL_ASSIGN_OR_RETURN(identity.key, ReadPem("--tls-key", options.key));
  const BioPtr bio = Open(identity.key);
  // Without a password: one that is asked for on a terminal would hang the server.
  const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")),
                   EVP_PKEY_free);
  if (key == nullptr) {
    return Bad("--tls-key",
               StrCat("`", options.key, "` holds no private key in PEM form without a password"));
  }
  if (X509_check_private_key(certificate, key.get()) != 1) {
    return Bad("--tls-key", StrCat("the key in `", options.key, "` is not that of `", options.cert,
                                   "` (--tls-cert)"));
  }
  if (options.client_ca.empty()) return identity;
  PQL_ASSIGN_OR_RETURN(identity.client_ca, ReadPem("--tls-client-ca", options.client_ca));
  PQL_RETURN_IF_ERROR(
      ParseCertificates("--tls-client-ca", options.client_ca, identity.client_ca).status());
  return identity;
}

absl::StatusOr<std::shared_ptr<TlsCertificates>> TlsCertificates::Load(const TlsOptions& options,
                                                                       const Clock* clock,
                                                                       Log* log) {
  PQL_ASSIGN_OR_RETURN(TlsIdentity identity, ReadTlsIdentity(options, clock->Now()));
  return std::shared_ptr<TlsCertificates>(
      new TlsCertificates(options, clock, log, std::move(identity)));
}

void TlsCertificates::Reload() {
  absl::StatusOr<TlsIdentity> read = ReadTlsIdentity(options_, clock_->Now());
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string error(read.status().message());
  if (!read.ok()) {
    if (error == seen_error_ && error != logged_error_) {
      log_->Error("certificates not loaded; the last good ones stay in force", {{"error", error}});
      logged_error_ = error;
    }
  } else if (*read != *current_) {
    current_ = std::make_shared<const TlsIdentity>(*std::move(read));
    log_->Info("certificates loaded", {{"path", options_.cert}});
  }
  if (error.empty()) logged_error_.clear();
  seen_error_ = std::move(error);
}

std::shared_ptr<const TlsIdentity> TlsCertificates::current() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return current_;
}

std::shared_ptr<grpc::ServerCredentials> TlsCertificates::MakeCredentials(
    bool require_client_certificate) {
  grpc_ssl_client_certificate_request_type client_certificates =
      GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE;
  if (!options_.client_ca.empty()) {
    client_certificates = require_client_certificate
                              ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                              : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return std::make_shared<FollowingCredentials>(shared_from_this(), client_certificates);
}

}  // namespace pql
