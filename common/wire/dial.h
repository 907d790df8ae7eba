// Dialling a controller: whom, how, and what is wrong if it does not come about.
// Not for what is said then (reconnecting.h). Any thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>

#include "common/daemon/tls.h"
#include "common/daemon/tls_files.h"

namespace loadctl::wire {

struct DialOptions {
  std::string address;
  daemon::Tls tls;  ///< PEM texts; empty: plaintext
  /// Over `tls`, of a program that stays: each stream is dialled with what the files hold then.
  std::shared_ptr<daemon::TlsFiles> tls_files{};
  /// Where there is no certificate of one's own; empty: found by the address.
  std::string token_file;
  /// How long to try before the first stream stands; 0 = for ever, ever more slowly.
  std::chrono::milliseconds first_patience{0};
  /// A stream that does not heal within this is lost for good.
  std::chrono::milliseconds patience{0};
  /// The other side sends something twice a second; silence for this long is a dead stream.
  std::chrono::milliseconds silence{2000};
};

/// What to dial with now.
[[nodiscard]] daemon::Tls TlsOf(const DialOptions& options);

/// A channel: TLS as the PEM texts say, connections given up after 3 s.
[[nodiscard]] std::shared_ptr<grpc::Channel> DialController(const std::string& address,
                                                            const daemon::Tls& tls);

/// Shows the token, of a controller without certificates or to join by, if there is one and no
/// certificate: only over TLS, or to this machine.
void ShowToken(const DialOptions& options, grpc::ClientContext& context);

/// Why a connection does not come about, found out anew: gRPC's own words, `why`, say little.
/// Blocks for up to 3 s.
[[nodiscard]] std::string ExplainConnection(const DialOptions& options, const std::string& why);

/// What this process calls itself: host:pid.
[[nodiscard]] std::string ProcessName();

}  // namespace loadctl::wire
