#include "tools/pql/remote/connection.h"

#include <grpcpp/create_channel.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "base/file_system.h"
#include "base/loopback.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

constexpr std::chrono::seconds kDeadline{60};
constexpr int kMaxAnswerBytes = 256 << 20;
constexpr size_t kMaxFileBytes = 1 << 20;
constexpr char kDefaultServer[] = "localhost:50051";

// A setting: its option, its environment variable, its help.
struct Setting {
  const char* name;
  const char* variable;
  const char* value;  // what the help calls it
  const char* help;
};
constexpr Setting kSettings[] = {
    {"server", "PQL_SERVER", "ADDR", "Address of the server (default: localhost:50051)"},
    {"token-file", "PQL_TOKEN_FILE", "FILE", "File with the token that says who is calling"},
    {"ca-cert", "PQL_CA_CERT", "FILE", "Certificates that the server's is checked against"},
    {"cert", "PQL_CERT", "FILE", "Certificate that says who is calling"},
    {"key", "PQL_KEY", "FILE", "Key of that certificate"},
    {"tls", "PQL_TLS", "on|off", "Whether to use TLS (default: on with a certificate)"},
};

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string ConfigPath() {
  std::string base = Variable("XDG_CONFIG_HOME");
  if (base.empty() && !Variable("HOME").empty()) base = StrCat(Variable("HOME"), "/.config");
  return base.empty() ? "" : StrCat(base, "/pql/config");
}

absl::StatusOr<ConnectionSettings> ReadConfig() {
  const std::string path = ConfigPath();
  if (path.empty()) return ConnectionSettings();
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxFileBytes);
  if (absl::IsNotFound(text.status())) return ConnectionSettings();
  if (!text.ok()) return text.status();
  return ParseConnectionSettings(path, *text);
}

}  // namespace

absl::StatusOr<ConnectionSettings> ParseConnectionSettings(std::string_view path,
                                                           std::string_view text) {
  ConnectionSettings settings;
  int number = 0;
  for (const absl::string_view raw : absl::StrSplit(ToAbsl(text), '\n')) {
    ++number;
    const absl::string_view line = absl::StripAsciiWhitespace(raw);
    if (line.empty() || line.front() == '#') continue;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits('=', 1));
    const std::string name(absl::StripAsciiWhitespace(parts.first));
    const auto known =
        std::find_if(std::begin(kSettings), std::end(kSettings),
                     [&name](const Setting& setting) { return name == setting.name; });
    if (known == std::end(kSettings) || line.find('=') == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          StrCat(path, ":", number, ": got `", EscapeAndCut(FromAbsl(line)),
                 "`, expected a setting such as `server = rules.example.com:443`"));
    }
    settings[name] = std::string(absl::StripAsciiWhitespace(parts.second));
  }
  return settings;
}

void Connection::AddOptions(CLI::App* command) {
  for (const Setting& setting : kSettings) {
    command
        ->add_option(StrCat("--", setting.name), given_[setting.name],
                     StrCat(setting.help, "; also $", setting.variable))
        ->type_name(setting.value)
        ->group("Connection (also from ~/.config/pql/config)");
  }
}

absl::Status Connection::Open() {
  PQL_ASSIGN_OR_RETURN(const ConnectionSettings config, ReadConfig());
  ConnectionSettings settings = config;
  for (const Setting& setting : kSettings) {
    if (std::string value = Variable(setting.variable); !value.empty()) {
      settings[setting.name] = std::move(value);
    }
    if (const std::string& value = given_[setting.name]; !value.empty()) {
      settings[setting.name] = value;
    }
  }
  server_ = settings["server"].empty() ? kDefaultServer : settings["server"];
  const std::string& tls = settings["tls"];
  if (!tls.empty() && tls != "on" && tls != "off") {
    return absl::InvalidArgumentError(StrCat("--tls: got `", tls, "`, expected on or off"));
  }
  grpc::SslCredentialsOptions ssl;
  const std::pair<const char*, std::string*> files[] = {{"ca-cert", &ssl.pem_root_certs},
                                                        {"cert", &ssl.pem_cert_chain},
                                                        {"key", &ssl.pem_private_key},
                                                        {"token-file", &token_}};
  for (const auto& [name, content] : files) {
    if (settings[name].empty()) continue;
    PQL_ASSIGN_OR_RETURN(*content, ReadFile(settings[name], kMaxFileBytes));
  }
  token_ = std::string(absl::StripAsciiWhitespace(token_));
  tls_ =
      tls == "on" || (tls.empty() && !(ssl.pem_root_certs.empty() && ssl.pem_cert_chain.empty()));
  PQL_RETURN_IF_ERROR(CheckToken());
  credentials_ = tls_ ? grpc::SslCredentials(ssl) : grpc::InsecureChannelCredentials();
  channel_ = NewChannel();
  return absl::OkStatus();
}

std::shared_ptr<grpc::Channel> Connection::NewChannel() const {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  // Else channels to one address share a connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(server_, credentials_, arguments);
}

absl::Status Connection::CheckToken() const {
  if (token_.empty() || tls_ || IsLoopback(server_) || server_.starts_with("unix:")) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      StrCat("the token would cross the network to ", server_,
             " in plain text; add --tls on (or --ca-cert with the server's certificate)"));
}

void Connection::PrepareStream(grpc::ClientContext* context) const {
  if (!token_.empty()) context->AddMetadata("authorization", StrCat("Bearer ", token_));
}

void Connection::Prepare(grpc::ClientContext* context) const {
  PrepareStream(context);
  context->set_deadline(std::chrono::system_clock::now() + kDeadline);
}

absl::Status Connection::FromServer(const grpc::Status& status) const {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      if (!status.error_details().empty()) break;  // the server itself says so
      return absl::Status(
          code, StrCat("no answer from a server at ", server_, " (", status.error_message(),
                       "); is it running? `pqld --rules=rules` starts one on localhost:50051"));
    case grpc::StatusCode::UNAUTHENTICATED:
      return absl::Status(code, StrCat(server_, ": ", status.error_message(),
                                       "; say who you are with --token-file, or --cert and --key"));
    case grpc::StatusCode::UNIMPLEMENTED:
      return absl::Status(code, StrCat(server_, ": ", status.error_message(),
                                       "; the server is of an older version than this tool"));
    default:
      break;
  }
  return absl::Status(code, StrCat(server_, ": ", status.error_message()));
}

v1::ErrorStatus DetailsOf(const grpc::Status& status) {
  v1::ErrorStatus details;
  if (!details.ParseFromString(status.error_details())) details.Clear();
  return details;
}

std::string ErrorMetadata(const grpc::Status& status, const std::string& key) {
  const v1::ErrorStatus details = DetailsOf(status);
  for (const google::protobuf::Any& detail : details.details()) {
    v1::ErrorInfo info;
    if (!detail.UnpackTo(&info)) continue;
    const auto found = info.metadata().find(key);
    if (found != info.metadata().end()) return found->second;
  }
  return "";
}

}  // namespace pql
