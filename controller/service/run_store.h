// The runs of a controller: the one that waits or goes on, and the last ones that have ended, each
// with its events, so that whoever comes later sees it from the beginning.
// Not for running them (serve.h) nor for who asks (runs_service.h). Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/run_id.h"
#include "controller/events/subscriber.h"
#include "controller/fleet/quotas.h"
#include "controller/service/client_service.h"
#include "loadctl/v1/runs.pb.h"

namespace loadctl::service {

/// A run and what it told, but for raw samples, and for requests with their answers: these are for
/// outputs and files where the run was begun.
/// Events that are few are kept; of the others the oldest go where they are too many, and of
/// progress and of each agent's health the newest stays.
class StoredRun final : public events::Subscriber {
 public:
  StoredRun(RunId id, Request request, fleet::SharedQuotas quotas);

  void On(const v1::RunEvent& event) override;

  [[nodiscard]] const RunId& id() const { return id_; }
  /// The name in its client's certificate; empty without one.
  [[nodiscard]] const std::string& owner() const { return owner_; }
  [[nodiscard]] v1::RunInfo Info() const;
  [[nodiscard]] bool ended() const;

  /// What was submitted, once: from here on it runs.
  [[nodiscard]] Request Begin();
  /// It ended without an outcome of its own.
  void Abandon(const Error& error);

  /// The events kept after a number, at most some MiB of them; waits for one until `deadline`.
  /// What is missing before them comes as a `missed` event.
  [[nodiscard]] std::vector<v1::RunEvent> After(
      std::uint64_t number, std::chrono::steady_clock::time_point deadline) const;

 private:
  void DropOldest();

  const RunId id_;
  const std::string owner_;
  const fleet::SharedQuotas quotas_;
  mutable std::mutex mutex_;
  mutable std::condition_variable wake_;
  Request request_;
  v1::RunInfo info_;
  std::deque<v1::RunEvent> events_;
  std::map<std::uint32_t, v1::RunEvent> health_;  // of each agent, beside the others
  std::size_t bytes_ = 0;
  v1::Missed dropped_;            // of events_, so far
  std::uint64_t dropped_to_ = 0;  // the highest number among them
};

class RunStore final {
 public:
  explicit RunStore(fleet::SharedQuotas quotas = std::make_shared<fleet::Quotas>())
      : quotas_(std::move(quotas)) {}

  /// Takes a run that waits for Next(). Fails (kGeneric) while another waits or goes on.
  Result<std::shared_ptr<StoredRun>> Submit(Request request);
  /// Keeps a run that begins at once: of a client that stays.
  std::shared_ptr<StoredRun> Add(Request request);

  /// The run that waits; null if none came by `deadline`.
  std::shared_ptr<StoredRun> Next(std::chrono::steady_clock::time_point deadline);

  /// Why a run cannot be taken now; nullopt: it can.
  [[nodiscard]] std::optional<std::string> WhyBusy() const;
  /// The newest first.
  [[nodiscard]] std::vector<std::shared_ptr<const StoredRun>> Runs() const;
  /// By the id or the beginning of it. Fails (kGeneric) if there is none such, or several.
  [[nodiscard]] Result<std::shared_ptr<StoredRun>> Find(const std::string& id) const;

  /// `stop` stops the run that goes on; an empty function takes it back.
  void OnStop(std::function<void(const std::string& signal)> stop);
  /// Fails (kGeneric) if the run has ended.
  Result<void> Stop(const StoredRun& run, const std::string& signal);

  /// Watchers give up.
  void End() { ending_ = true; }
  [[nodiscard]] bool ending() const { return ending_; }

 private:
  [[nodiscard]] std::optional<std::string> WhyBusyLocked() const;
  std::shared_ptr<StoredRun> Keep(Request request);

  const fleet::SharedQuotas quotas_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<StoredRun>> runs_;  // the newest last
  std::function<void(const std::string&)> stop_;
  std::optional<std::string> stop_wanted_;  // before the run began
  std::atomic<bool> ending_{false};
};

}  // namespace loadctl::service
