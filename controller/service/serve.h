// One request of a client, run on the agents that registered: the daemon's share of a remote run.
// Not for clients' streams (client_service.h). The daemon's main thread, blocking.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "controller/events/subscriber.h"
#include "controller/fleet/registry.h"
#include "controller/rest/controls.h"
#include "controller/service/client_service.h"
#include "controller/service/metrics_endpoint.h"
#include "controller/service/run_store.h"

namespace loadctl::service {

/// Stops the run that goes on, if one does; from any thread, at any time.
class RunStopper final {
 public:
  /// `why` goes on after "aborted because". The first one counts.
  void Stop(const std::string& why);
  /// This run and all that may come, since the controller's own `signal` came, as k6 writes it.
  void StopForGood(const std::string& signal);
  /// Calls `call` on the run's thread, if a run goes on.
  void Call(std::function<void()> call);
  /// Why, or an empty text.
  [[nodiscard]] std::string asked();

 private:
  friend class RequestRun;
  std::mutex mutex_;
  fleet::Fleet* fleet_ = nullptr;
  std::string asked_;  ///< before there was a fleet
  bool for_good_ = false;
};

/// What serving takes from the daemon; all of it outlives the call.
struct Serving {
  fleet::Registry& registry;
  ClientService& clients;
  RunStore& store;
  MetricsEndpoint* metrics;  ///< may be null
  std::function<void(const std::string&)> log;
  fleet::AuditLog* audit = nullptr;  ///< may be null
  fleet::SharedQuotas quotas = std::make_shared<fleet::Quotas>();
  // May be null; else runs tell parts (inputs.h).
  events::Subscriber* pages = nullptr;
  events::Subscriber* history = nullptr;
  rest::Controls* controls = nullptr;  ///< may be null; else pages steer runs by it
};

/// Whether the run's client stays and is to be told everything, the outcome last.
enum class Client { kStays, kLeft };

/// Runs what was submitted; its events are kept with it.
void Serve(StoredRun& stored, Client client, const Serving& serving, RunStopper& stopper);

}  // namespace loadctl::service
