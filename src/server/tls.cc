#include "server/tls.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <string_view>

#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace pql {
namespace {

constexpr size_t kMaxPemBytes = 1 << 20;
constexpr unsigned kRefreshSeconds = 1;

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

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

absl::StatusOr<CertificatePtr> ReadCertificate(std::string_view flag, const std::string& path) {
  PQL_ASSIGN_OR_RETURN(const std::string pem, ReadPem(flag, path));
  const BioPtr bio = Open(pem);
  CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  if (certificate == nullptr) {
    return Bad(flag, StrCat("`", path, "` holds no certificate in PEM form"));
  }
  return certificate;
}

}  // namespace

absl::Status CheckTlsFiles(const TlsOptions& options, absl::Time now) {
  PQL_ASSIGN_OR_RETURN(const CertificatePtr certificate,
                       ReadCertificate("--tls-cert", options.cert));
  time_t seconds = absl::ToTimeT(now);
  if (X509_cmp_time(X509_get0_notAfter(certificate.get()), &seconds) < 0) {
    return Bad("--tls-cert", StrCat("the certificate in `", options.cert, "` has expired"));
  }
  if (X509_cmp_time(X509_get0_notBefore(certificate.get()), &seconds) > 0) {
    return Bad("--tls-cert", StrCat("the certificate in `", options.cert, "` is not valid yet"));
  }
  PQL_ASSIGN_OR_RETURN(const std::string pem, ReadPem("--tls-key", options.key));
  const BioPtr bio = Open(pem);
  // Without a password: one that is asked for on a terminal would hang the server.
  const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")),
                   EVP_PKEY_free);
  if (key == nullptr) {
    return Bad("--tls-key",
               StrCat("`", options.key, "` holds no private key in PEM form without a password"));
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Bad("--tls-key", StrCat("the key in `", options.key, "` is not that of `", options.cert,
                                   "` (--tls-cert)"));
  }
  if (options.client_ca.empty()) return absl::OkStatus();
  return ReadCertificate("--tls-client-ca", options.client_ca).status();
}

std::shared_ptr<grpc::ServerCredentials> MakeTlsCredentials(const TlsOptions& options) {
  const auto files = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      options.key, options.cert, options.client_ca, kRefreshSeconds);
  grpc::experimental::TlsServerCredentialsOptions credentials(files);
  credentials.watch_identity_key_cert_pairs();
  if (!options.client_ca.empty()) {
    credentials.watch_root_certs();
    credentials.set_cert_request_type(
        options.require_client_certificate
            ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
            : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(credentials);
}

}  // namespace pql
