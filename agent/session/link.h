// The agent's end of the stream to its controller: dials, says hello, reconnects, sends and takes
// each message once. Not for what messages mean (agent_run.h). Send() and Tell() from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/session/agent_link.h"
#include "common/daemon/tls_files.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::session {

/// Whom to dial and how.
struct LinkOptions {
  std::string address;                            ///< `unix:/path` or `host:port`
  std::shared_ptr<daemon::TlsFiles> tls_files{};  ///< null: plaintext
  std::string token_file;   ///< where there is no certificate; empty: found by the address
  std::uint32_t agent = 0;  ///< number given by the controller that started us
  std::uint64_t epoch = 0;
  std::uint32_t workers = 0;
  /// A stream that does not heal within this is lost for good.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
  /// How long to try before the first stream stands; 0 = for ever.
  std::chrono::milliseconds first_patience = std::chrono::seconds(10);
};

class Link final : public AgentLink {
 public:
  /// Why no more messages come.
  enum class End {
    kBroken,        ///< no stream for longer than the patience
    kRefused,       ///< the controller does not want this program
    kRegisterAnew,  ///< the controller does not know this epoch any more: a new process may come
  };
  struct Callbacks {
    std::function<void(v1::ToAgent)> message;  ///< each reliable message once, in order
    std::function<void(int agent)> welcome;    ///< after each (re-)connect
    std::function<void(std::string why, End end)> lost;
    /// The first stream does not come about, and why; once, and again every minute. May be empty.
    std::function<void(const std::string& why)> waiting;
    /// How long the agent has been doing nothing (pulse.h), for the heartbeats. Never empty, and
    /// called under the link's mutex.
    std::function<std::chrono::nanoseconds()> silence;
  };
  Link(LinkOptions options, Callbacks callbacks);
  /// Ends the stream.
  ~Link() override;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Dials, once. From here on callbacks come, on threads of the link, one at a time.
  void Start();
  void Send(v1::FromAgent message) override;
  void Tell(v1::FromAgent message) override;
  [[nodiscard]] std::size_t Backlog() const override;
  /// Waits until everything sent was acknowledged; false after `timeout`.
  bool Drain(std::chrono::milliseconds timeout);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace loadctl::session
