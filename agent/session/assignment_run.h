// One assignment of a run on this agent: its program, workers, VUs and scenarios. To scripts it is
// what an instance is to k6: VUs and iterations are numbered by its share of the whole.
// Not for the dialogue with the controller (agent_run.h). The conductor's thread, but for the first
// part.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "agent/executor/scenario_run.h"
#include "agent/net/dns/resolver.h"
#include "agent/session/agent_pool.h"
#include "agent/session/debugger_line.h"
#include "agent/session/deltas.h"
#include "agent/vu/cpu_profile.h"
#include "agent/worker/init_pool.h"
#include "agent/worker/watchdog.h"
#include "agent/worker/worker.h"
#include "common/base/error.h"
#include "common/wire/assignment.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::session {

class AssignmentRun final {
 public:
  /// What all assignments of a run share; outlives them.
  struct Host {
    vu::Loop& conductor;
    Clock& clock;
    AgentLink& link;
    const AgentIdentity& identity;
    const secrets::Redactor& redactor;
    worker::Watchdog& watchdog;
    std::function<void()> ended;  ///< its last scenario has
  };
  AssignmentRun(wire::Assignment assignment, Host host);
  /// Ends the workers; their VUs must be at rest.
  ~AssignmentRun();
  AssignmentRun(const AssignmentRun&) = delete;
  AssignmentRun& operator=(const AssignmentRun&) = delete;

  // ---- the helper that builds

  /// To be filled before the workers are made; what the workers are told of lives here.
  [[nodiscard]] vu::Program& program() { return program_; }
  /// `count` workers, whose numbers on the agent begin at `first`.
  Result<void> MakeWorkers(std::uint32_t first, std::uint32_t count);
  /// VUs planned, and at most.
  [[nodiscard]] plan::ExecutionRequirements needs() const;
  [[nodiscard]] std::span<const std::unique_ptr<worker::Worker>> workers() const {
    return workers_;
  }
  Result<void> MakeVus(const worker::InitOptions& init, const std::function<bool()>& stopped);
  /// Lets its script be debugged; before it is built.
  void Debug(std::unique_ptr<DebuggerLine> debugger) { debugger_ = std::move(debugger); }
  [[nodiscard]] DebuggerLine* debugger() { return debugger_.get(); }  ///< null: it is not

  // ---- then

  /// The VUs are made.
  void TakeVus();
  [[nodiscard]] std::size_t planned_vus() const { return made_.size(); }
  [[nodiscard]] const worker::InitOptions& init_options() const { return init_; }
  /// The run's clock starts.
  void Begin(vu::TimePoint start);
  /// Its scenarios do, each in its time.
  void Start(vu::TimePoint start, std::shared_ptr<const std::string> setup_json);
  void Stop();
  /// At a named instant, so that all agents' clocks stand still equally long.
  void Pause(vu::TimePoint at);
  void Resume(vu::TimePoint at);
  /// In VUs of the whole run: takes its share. `done` when surplus iterations have ended and
  /// further VUs are made; at once if there is no such scenario.
  void Scale(const v1::Scale& scale, std::function<void()> done);
  /// Whether all scenarios are over.
  [[nodiscard]] bool done() const;
  /// No scenario is left whose lateness counts.
  void StopWatching();
  [[nodiscard]] Deltas& deltas() { return *deltas_; }
  /// Ends the sampling of the first VU, if that was asked for: `done` gets the profile, empty if
  /// there is none.
  void TakeProfile(std::function<void(std::string json)> done);

  /// Adds its figures to those of other assignments.
  void AddTo(v1::Progress& progress) const;
  void AddTo(v1::RunDone& done) const;

 private:
  [[nodiscard]] Result<double> ShareOfRate() const;
  void ArmStarts();
  void BeginProfile();

  const wire::Assignment assignment_;
  const Host host_;
  vu::Program program_;
  std::unique_ptr<net::DnsService> dns_;
  std::unique_ptr<net::RequestPace> pace_;  // of `rps`; null without
  std::vector<std::unique_ptr<worker::Worker>> workers_;
  std::unique_ptr<Deltas> deltas_;
  worker::InitOptions init_;
  std::unique_ptr<DebuggerLine> debugger_;
  std::vector<worker::MadeVu> made_;
  std::shared_ptr<js::CpuProfile> profile_;  // null: none is taken
  std::unique_ptr<AgentPool> pool_;
  std::vector<std::unique_ptr<executor::ScenarioRun>> scenarios_;
  std::vector<std::pair<executor::ScenarioRun*, std::unique_ptr<vu::Timer>>> start_timers_;
  std::shared_ptr<const std::string> setup_json_;
  bool paused_ = false;
  bool stopped_ = false;
};

}  // namespace loadctl::session
