#include "server/grpc_connections.h"

#include <grpc/grpc.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/strings.h"
#include "server/descriptor_limit.h"
#include "server/memory_watch.h"

namespace pql {
namespace {

// What a request and its metadata may be larger than their limits and still reach the checks that
// name the flags; beyond it gRPC refuses by itself.
constexpr size_t kRequestSlack = 1 << 20;
constexpr size_t kMetadataSlack = 64 << 10;

// How long a new connection may take until it speaks HTTP/2.
constexpr absl::Duration kHandshake = absl::Seconds(10);
// A connection with calls in it is asked whether the other side is there: often enough that the
// listener never takes it for a silent one.
constexpr absl::Duration kQuiet = absl::Seconds(30);
constexpr absl::Duration kKeepalive = absl::Seconds(15);
constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(20);

int ToInt(size_t number) {
  return static_cast<int>(std::min<size_t>(number, std::numeric_limits<int>::max()));
}

int Milliseconds(absl::Duration duration) {
  return ToInt(static_cast<size_t>(std::max<int64_t>(1, absl::ToInt64Milliseconds(duration))));
}

}  // namespace

GrpcConnections::GrpcConnections(const Limits& limits, ConnectionCredentials credentials,
                                 grpc::ServerBuilder* builder)
    : limits_(limits), choose_(std::move(credentials.choose)) {
  for (std::shared_ptr<grpc::ServerCredentials>& one : credentials.credentials) {
    acceptors_.push_back(builder->experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, std::move(one)));
  }
  builder->SetMaxReceiveMessageSize(ToInt(limits.max_request_bytes + kRequestSlack));
  const auto set = [builder](const char* argument, int value) {
    builder->AddChannelArgument(argument, value);
  };
  set(GRPC_ARG_MAX_METADATA_SIZE, ToInt(limits.max_metadata_bytes + kMetadataSlack));
  set(GRPC_ARG_MAX_CONCURRENT_STREAMS, ToInt(limits.max_connection_streams));
  set(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(limits.max_connection_idle));
  set(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
      Milliseconds(std::min(kHandshake, limits.max_connection_idle)));
  set(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(kKeepalive));
  set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(kKeepaliveTimeout));
  set(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // as many as it takes
  set(GRPC_ARG_ENABLE_CHANNELZ, 0);               // statistics of each call that nobody can ask for
}

void GrpcConnections::Listen(ListeningSockets sockets, ConnectionCounters* counters, Log* log) {
  ListenerOptions options;
  options.max_connections = limits_.max_connections;
  options.max_connections_per_address = limits_.max_connections_per_address;
  options.quiet = kQuiet;
  options.max_memory = limits_.max_memory > 0 ? limits_.max_memory : AvailableMemoryBytes() / 4 * 3;
  const size_t possible = ConnectionsWithin(DescriptorLimit());
  if (options.max_connections > possible) {
    log->Write(LogLevel::kWarning,
               "fewer connections than --max-connections fit the limit of open files (ulimit -n)",
               {{"connections", StrCat(possible)}});
    options.max_connections = possible;
  }
  listener_ = std::make_unique<Listener>(
      std::move(sockets), options,
      [this](FileDescriptor connection) {
        grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
        parameters.fd = connection.Release();
        acceptors_[choose_()]->HandleNewConnection(&parameters);
      },
      counters, log);
}

}  // namespace pql
