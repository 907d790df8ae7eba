// One run on this agent, from Prepare to Finish: what the controller's messages set in motion.
// Not the stream (link.h), nor the work of an assignment (assignment_run.h). Everything on the
// conductor's loop unless noted.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/session/agent_link.h"
#include "agent/session/assignment_run.h"
#include "agent/session/calls.h"
#include "agent/session/clock.h"
#include "agent/session/controller_protocol.h"
#include "agent/session/log_sender.h"
#include "agent/session/pause_orders.h"
#include "agent/session/redacting.h"
#include "agent/session/run_scripts.h"
#include "agent/session/sample_sender.h"
#include "agent/worker/init_pool.h"
#include "agent/worker/watchdog.h"
#include "common/base/error.h"
#include "common/secrets/keeper.h"
#include "common/wire/assignment.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::session {

class AgentRun final {
 public:
  /// All but `modules` and `finished` outlive it.
  struct Parts {
    vu::Loop& conductor;
    Clock& clock;
    AgentLink& link;
    std::vector<vu::ModuleDef> modules;
    std::uint64_t epoch = 0;         ///< as in Hello
    std::function<void()> finished;  ///< after Finish, or when the run is given up
  };
  explicit AgentRun(Parts parts);
  /// The VUs must be at rest.
  ~AgentRun();
  AgentRun(const AgentRun&) = delete;
  AgentRun& operator=(const AgentRun&) = delete;

  void set_agent(int agent) { identity_.agent = agent; }
  void Handle(v1::ToAgent message);
  /// A warning of the agent's own in the run's log, sent at once.
  void Warn(const std::string& line);
  /// The controller is gone for good: everything stops, nothing is sent any more.
  void Abandon();

 private:
  enum class Stage { kNew, kReady, kStarted, kDone };

  void Prepare(v1::Prepare prepare);
  void TakeChunk(const v1::BundleChunk& chunk);
  void Build();
  void FillPrograms();
  Result<worker::InitOptions> MakeWorkers();
  Result<void> MakeVus(worker::InitOptions init);
  [[nodiscard]] std::size_t ChosenVusPerIsolate(std::size_t vus) const;
  void KeepRawSamples();
  void OnBuilt(const Result<void>& built);
  void Begin(vu::TimePoint start);
  void Call(const v1::Call& call);
  void Start(const v1::Start& start);
  void CheckDone();
  void Stop();
  void Follow(const PauseOrder& order);
  void Scale(const v1::Scale& scale);
  void SendControlled(std::uint64_t serial);
  void Collect();
  void Flush();
  void SendProfile(std::string json);
  void SendFlushed(const GeneratorHealth& health);
  void SendProgress();
  void AddTo(v1::Progress& progress) const;
  /// Null: the script is not debugged.
  [[nodiscard]] DebuggerLine* debugger();

  vu::Loop& conductor_;
  Clock& clock_;
  secrets::Keeper secrets_;
  RedactingLink link_;
  const std::function<void()> finished_;
  AgentIdentity identity_;
  Stage stage_ = Stage::kNew;
  ControllerProtocol protocol_;
  wire::Prepared prepared_;
  RunScripts scripts_;
  LogSender logs_;
  worker::Watchdog watchdog_;
  std::unique_ptr<SampleSender> samples_;  // null: nobody asked for raw ones; outlives recorders
  std::vector<std::unique_ptr<AssignmentRun>> assignments_;
  std::unique_ptr<Calls> calls_;
  std::thread builder_;
  std::atomic<bool> stopping_{false};
  PauseOrders orders_;
  Periodic progress_;
  Periodic seconds_;
};

}  // namespace loadctl::session
