// A connection to a server: where it is, how it is secured, who is calling.  Each comes from an
// option, else from an environment variable, else from the configuration file.
//
// Calls block, each with a deadline.  Not thread-safe.

#ifndef TOOLS_PQL_REMOTE_CONNECTION_H_
#define TOOLS_PQL_REMOTE_CONNECTION_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pql/v1/error.pb.h"

namespace pql {

// Settings by the name of their option: {"server", "localhost:50051"}.
using ConnectionSettings = std::map<std::string, std::string, std::less<>>;

// The lines `name = value` of a configuration file; blank lines and lines from `#` are skipped.
// INVALID_ARGUMENT naming `path` and the line.
absl::StatusOr<ConnectionSettings> ParseConnectionSettings(std::string_view path,
                                                           std::string_view text);

class Connection {
 public:
  // Adds --server and the options of TLS and identity.
  void AddOptions(CLI::App* command);
  // Takes together what is set, reads the files that it names, and makes the channel; nothing is
  // sent yet.  INVALID_ARGUMENT: a setting is no good.
  absl::Status Open();

  // REQUIRES, all of them: Open was OK.
  const std::string& server() const { return server_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // A further one, over a connection of its own.
  std::shared_ptr<grpc::Channel> NewChannel() const;
  // Sets the deadline of a call and who makes it.
  void Prepare(grpc::ClientContext* context) const;
  // The same without a deadline, for a stream that lasts.
  void PrepareStream(grpc::ClientContext* context) const;
  // In words for the person at the terminal, who learns what to do where that is known.
  absl::Status FromServer(const grpc::Status& status) const;

 private:
  absl::Status CheckToken() const;

  ConnectionSettings given_;  // by options
  std::string server_;
  std::string token_;
  bool tls_ = false;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;
  std::shared_ptr<grpc::Channel> channel_;
};

// The details of a status; empty when it has none.
v1::ErrorStatus DetailsOf(const grpc::Status& status);
// A value of the ErrorInfo among them; "" when there is none.
std::string ErrorMetadata(const grpc::Status& status, const std::string& key);

}  // namespace pql

#endif  // TOOLS_PQL_REMOTE_CONNECTION_H_
