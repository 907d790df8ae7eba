// The clients of a running controller (`loadctl run --controller`): one at a time, with its run.
// Not for running it (serve.h). Any thread; the stop callback comes on gRPC's.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controller/fleet/access.h"
#include "controller/fleet/quotas.h"
#include "loadctl/v1/clients.pb.h"

namespace grpc {
class Service;
}

namespace loadctl::service {

/// What a client sent, whole but not checked.
struct Request {
  v1::Submission submission;
  std::string packed;  ///< the bundle
  std::string client;  ///< host:pid, after the certificate's name if there is one
  fleet::Actor actor;  ///< the certificate, and from where
};

struct ControlOptions {
  fleet::SharedQuotas quotas = std::make_shared<fleet::Quotas>();
  std::shared_ptr<fleet::Access> access{};        ///< null: whoever reaches the address may come
  std::shared_ptr<fleet::AuditLog> audit{};       ///< may be null
  std::function<void(const std::string&)> log{};  ///< in words; may be empty, must not call back
  /// Why no client can be taken now, beside another client; may be empty, must not call back.
  std::function<std::optional<std::string>()> why_busy{};
};

class ClientService final {
 public:
  explicit ClientService(ControlOptions options);
  /// The server of its service must be gone.
  ~ClientService();
  ClientService(const ClientService&) = delete;
  ClientService& operator=(const ClientService&) = delete;

  /// For fleet::Server::Listen().
  [[nodiscard]] grpc::Service& service();

  /// The next request; nullopt if none came by `deadline`. Its client waits until Finish().
  std::optional<Request> Next(std::chrono::steady_clock::time_point deadline);

  /// `stop` is called, at most once, when the client wants its run stopped (with the signal's name)
  /// or is gone: now if that is so already. An empty function takes it back.
  void OnStop(std::function<void(const std::string& signal)> stop);

  /// `ask` is called for whatever the client asks of the running test, and must not block; it
  /// answers by Send(). An empty function takes it back: then the answer says that nothing runs.
  void OnApi(std::function<void(const v1::ApiRequest&)> ask);

  /// `given` is called for each secret that the client gives, and must not block nor call back. An
  /// empty function takes it back.
  void OnSecret(std::function<void(const v1::SecretGiven&)> given);

  /// Sends to the client, once and in order, also over a reconnect; nothing if it is gone.
  void Send(v1::ToClient message);
  /// Sends what may be lost.
  void Tell(v1::ToClient message);
  /// Whose client is here, in words; nullopt: nobody's.
  [[nodiscard]] std::optional<std::string> WhyBusy() const;
  /// Messages that the client has not acknowledged.
  [[nodiscard]] std::size_t backlog() const;

  /// Sends the outcome's event; the next client may come as soon as this one has it, or is gone.
  void Finish(const v1::RunEvent& event);
  /// Waits for that; false at `deadline`.
  bool WaitUntilTaken(std::chrono::steady_clock::time_point deadline);

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace loadctl::service
