// What the workers of an assignment have measured, gathered once a second and sent to the
// controller. Not for folding samples (metrics/recorder.h). The conductor's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "agent/metrics/recorder.h"
#include "agent/session/agent_link.h"
#include "agent/session/clock.h"
#include "agent/session/health.h"
#include "agent/session/redacting.h"
#include "agent/vu/program.h"
#include "agent/worker/worker.h"

namespace loadctl::session {

class Deltas final {
 public:
  /// All outlive it.
  struct Sources {
    vu::Loop& conductor;
    Clock& clock;
    AgentLink& link;
    const AgentIdentity& identity;
    const secrets::Redactor& redactor;  ///< of names
    const vu::Program& program;
    std::span<const std::unique_ptr<worker::Worker>> workers;
  };
  /// `told`: the metrics that the controller knows by number.
  Deltas(std::uint32_t assignment, Sources sources, metrics::MetricSet told);
  Deltas(const Deltas&) = delete;
  Deltas& operator=(const Deltas&) = delete;

  /// The run's clock starts: intervals are seconds from here.
  void Begin(vu::TimePoint start) { run_start_ = start; }
  /// Asks the workers for what they have, and sends it when the last has answered. Nothing while an
  /// earlier question is on its way: a worker is busy with a script, and what it then gives covers
  /// this second, too. Each `health_every`th also says how the generator does.
  void Collect(std::uint64_t health_every) {
    health_due_ = health_due_ || ++asked_ >= health_every;
    if (health_due_) asked_ = 0;
    Collect(nullptr);
  }
  /// The last delta, and how the generator did; then calls `done`.
  void Finish(std::function<void(const GeneratorHealth&)> done) { Collect(std::move(done)); }
  /// How many were sent.
  [[nodiscard]] std::uint64_t sent() const { return sequence_; }

 private:
  using Done = std::function<void(const GeneratorHealth&)>;
  struct Gathering;

  void Collect(Done done);
  static void Gather(worker::Worker& worker, Gathering& into);
  void OnGathered(Gathering& gathered);
  void Send(metrics::Recorder::Collected collected, const Gathering& gathered);
  void CountVus(std::int64_t active, std::int64_t connections, metrics::Recorder::Collected& into);

  const std::uint32_t assignment_;
  const Sources sources_;
  const metrics::MetricSet told_;
  metrics::Recorder own_;  // of samples that no worker takes
  vu::TimePoint run_start_{};
  std::int64_t next_interval_ = 0;
  std::uint64_t sequence_ = 0;
  std::map<std::pair<std::string, std::string>, std::uint64_t> check_ranks_;
  std::uint64_t asked_ = 0;  // how often since the last that said how it does
  bool health_due_ = false;
  worker::CpuUse cpu_told_;  // of the health that was told so far
  bool on_its_way_ = false;  // workers are asked for their figures
  Done finish_;              // and are to be asked for the last
};

}  // namespace loadctl::session
