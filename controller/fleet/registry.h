// All agents that a controller knows: who registered, whose stream stands, who works for which run.
// Not for a run's own view of its agents (fleet.h). Any thread; callbacks come on gRPC's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "controller/fleet/access.h"
#include "controller/fleet/fleet.h"
#include "controller/fleet/quotas.h"

namespace grpc {
class Service;
}

namespace loadctl::fleet {

/// What becomes of agents that no run waits for.
enum class Unassigned {
  kRefuse,  ///< a local run: only its own agents are wanted
  kKeep,    ///< a daemon: they wait, idle, for a run
};

struct RegistryOptions {
  Unassigned unassigned = Unassigned::kRefuse;
  /// Told in words who came and went; may be empty. Must not call back.
  std::function<void(const std::string&)> log{};
  SharedQuotas quotas = std::make_shared<Quotas>();
  std::shared_ptr<Access> access{};   ///< null: whoever reaches the address may come
  std::shared_ptr<AuditLog> audit{};  ///< may be null
};

/// An agent is named by its epoch, which is random and new per process. It is idle until a run
/// claims it, works for that run, and is finished after: it then comes back as a new process.
class Registry final {
 public:
  explicit Registry(RegistryOptions options);
  /// The server of its service must be gone.
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// For Server::Listen().
  [[nodiscard]] grpc::Service& service();

  /// A fleet of agents that are still to come, one run at a time: those that say hello with a
  /// number of 1..agents, and unassigned ones for the numbers that are free.
  [[nodiscard]] std::unique_ptr<Fleet> Expect(int agents);

  /// A fleet of `agents` idle ones, waiting for as many to be there up to `wait`, or until `stop`
  /// says so, which is asked now and then and may be empty. Fails (kAgentLost), saying how many
  /// are.
  [[nodiscard]] Result<std::unique_ptr<Fleet>> Claim(int agents, std::chrono::milliseconds wait,
                                                     const std::function<bool()>& stop = {});

  struct Population {
    int idle = 0;     ///< with a stream that stands
    int working = 0;  ///< for a run
    /// Since the start: streams refused for want of a right, a certificate or room, agents held
    /// back because a run did not take what they sent, and agents given up.
    std::int64_t refused = 0, held_back = 0, lost = 0;
  };
  [[nodiscard]] Population Count() const;

  struct Known {
    enum class State {
      kIdle,
      kWorking,  ///< for a run
      kLeaving,  ///< its run is over, or it has no stream
    };
    AgentInfo info;
    State state = State::kIdle;
    std::string address;                       ///< the host it comes from
    std::int64_t certificate_ends_unix_s = 0;  ///< 0: it has none
  };
  /// Every agent, sorted by name.
  [[nodiscard]] std::vector<Known> List() const;

  class Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace loadctl::fleet
