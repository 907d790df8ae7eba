// The client's end of the stream to a running controller: dials, says hello, reconnects.
// Not for what is said (controller/cli/remote_run.cc). Any thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/daemon/tls.h"
#include "loadctl/v1/clients.pb.h"

namespace loadctl::service {

struct ClientOptions {
  std::string address;
  daemon::Tls tls;         ///< PEM texts; empty: plaintext
  std::string token_file;  ///< where there are no certificates; empty: found by the address
  std::string version;     ///< of this program
  /// How long to try before the first stream stands.
  std::chrono::milliseconds first_patience = std::chrono::seconds(3);
  /// A stream that does not heal within this is lost for good.
  std::chrono::milliseconds patience = std::chrono::seconds(10);
};

/// How a controller that runs something else refuses; the other client's name follows.
inline constexpr std::string_view kBusyWords = "the controller is busy with the run of ";
/// Whose run is in the way, if that is why Client::Connect() failed; else "".
[[nodiscard]] std::string BusyWith(const Error& error);

class Client final {
 public:
  /// Blocks until the controller has said welcome. Fails (kGeneric) in plain words: not reached,
  /// not trusted, refused.
  static Result<std::unique_ptr<Client>> Connect(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Arrives once and in order, also over a reconnect.
  void Send(v1::FromClient message);

  /// The next message; false if none came by `deadline`, or will ever come: see lost().
  bool Next(v1::ToClient& message, std::chrono::steady_clock::time_point deadline);

  /// Why nothing will come any more; empty while something may.
  [[nodiscard]] std::string lost() const;

  /// Waits until the controller has ended the stream, which it does when its last message was
  /// acknowledged; at most until `deadline`.
  void WaitForEnd(std::chrono::steady_clock::time_point deadline);

 private:
  class Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace loadctl::service
