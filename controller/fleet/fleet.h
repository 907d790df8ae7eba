// A run's agents, numbered 1..N: what is sent to them and what happens to them.
// Not for how they came (registry.h) nor for what is said (run/). Next() on the run's thread;
// Send() and Push() from any.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/error.h"
#include "common/daemon/tls.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::fleet {

/// What happened, in the order it happened.
struct Event {
  enum class Kind {
    kAttached,   ///< an agent said hello for the first time
    kMessage,    ///< a message of an attached agent; each reliable one once, in order
    kLost,       ///< its stream or its conductor was silent for too long, or its process ended
    kInterrupt,  ///< the run is to stop; `reason` goes on after "aborted because"
    kCall,       ///< `call` is to be called on the run's thread
  };
  Kind kind = Kind::kMessage;
  int agent = 0;  ///< 1..N
  v1::FromAgent message;
  std::string reason;
  std::function<void()> call{};
  std::size_t size = 0;  ///< bytes of `message`, for the registry
};

/// What an agent said of itself.
struct AgentInfo {
  std::string name;     ///< host:pid
  std::string version;  ///< of the program
  std::uint32_t workers = 0;
  std::chrono::nanoseconds clock_offset{0};  ///< its steady clock minus ours
  std::chrono::nanoseconds round_trip{0};    ///< the shortest one seen lately
  int clock_samples = 0;
  /// Its wall clock minus ours, by the last answer; none: it did not say.
  std::optional<std::chrono::nanoseconds> wall_clock_ahead{};
  std::size_t chunks = 0;  ///< of a bundle, that it was sent
};

struct FleetOptions {
  std::string address;  ///< `unix:/path` or `host:port`
  daemon::Tls tls;      ///< PEM texts; empty: plaintext
  int agents = 1;       ///< how many are wanted
  std::chrono::milliseconds patience = std::chrono::seconds(5);
};

class Fleet final {
 public:
  /// Listens for agents that come for this run alone. Fails if the address cannot be had. A daemon
  /// has its fleets from Registry::Claim().
  static Result<std::unique_ptr<Fleet>> Listen(FleetOptions options);
  /// Lets the agents go: whoever was not told to finish is told so.
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// The port listened on; 0 for a Unix socket and for a fleet that was claimed.
  [[nodiscard]] int port() const;

  /// Sends to agent 1..N, once and in order, also over a reconnect.
  void Send(int agent, v1::ToAgent message);
  /// Sends a bundle in chunks, as the agent takes them, with nothing else after it before it
  /// answers: one copy serves all agents.
  void SendBundle(int agent, std::shared_ptr<const std::string> packed);
  [[nodiscard]] AgentInfo Info(int agent) const;

  /// Takes the next event; false if none came by `deadline`.
  bool Next(Event& event, std::chrono::steady_clock::time_point deadline);
  void Push(Event event);
  /// For tests and fuzzers: agent 1..N has come, with this to be known of it, and without a stream:
  /// what it says is pushed.
  void Impersonate(int agent, AgentInfo info);
  /// How many of its places an agent has taken and not left.
  [[nodiscard]] int Attached() const;
  /// The agent is given up, for a reason known here (its process ended).
  void GiveUp(int agent, const std::string& reason);

  class Impl;
  explicit Fleet(std::unique_ptr<Impl> impl);  ///< for Registry

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace loadctl::fleet
