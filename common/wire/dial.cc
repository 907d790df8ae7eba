#include "common/wire/dial.h"

#include <unistd.h>

#include "common/daemon/token.h"
#include "common/wire/reliable.h"

namespace loadctl::wire {

std::shared_ptr<grpc::Channel> DialController(const std::string& address, const daemon::Tls& tls) {
  grpc::ChannelArguments arguments;
  // Nobody compresses here, and a little of it would become a gigabyte before it is measured.
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, kUncompressed);
  arguments.SetMaxReceiveMessageSize(kMaxMessage);
  arguments.SetMaxSendMessageSize(kMaxMessage);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  // This is also how long a connection may take to come about.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 3000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 3000);
  auto credentials = grpc::InsecureChannelCredentials();
  if (!tls.plaintext()) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = tls.ca;
    options.pem_cert_chain = tls.cert;
    options.pem_private_key = tls.key;
    credentials = grpc::SslCredentials(options);
  }
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

daemon::Tls TlsOf(const DialOptions& options) {
  if (!options.tls_files) return options.tls;
  // What cannot be used is not: those before do while they are good.
  static_cast<void>(options.tls_files->Refresh());
  return options.tls_files->Current();
}

void ShowToken(const DialOptions& options, grpc::ClientContext& context) {
  if (!TlsOf(options).cert.empty()) return;
  const std::string token = daemon::FindToken(options.address, options.token_file);
  if (!token.empty()) context.AddMetadata(daemon::kTokenMetadata, daemon::kTokenScheme + token);
}

std::string ExplainConnection(const DialOptions& options, const std::string& why) {
  const std::string found =
      daemon::DiagnoseConnection(options.address, TlsOf(options), std::chrono::seconds(3));
  if (!found.empty()) return found;
  return why.empty() ? "the stream ended" : why;
}

std::string ProcessName() {
  char host[256] = "?";
  gethostname(host, sizeof host - 1);
  return std::string(host) + ":" + std::to_string(getpid());
}

}  // namespace loadctl::wire
