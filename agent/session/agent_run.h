// One run on this agent, from Prepare to Finish: what the controller's messages set in motion.
// Not the stream (link.h). Everything on the conductor's loop unless noted.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "agent/executor/scenario_run.h"
#include "agent/js/engine.h"
#include "agent/js/realm.h"
#include "agent/net/dns/resolver.h"
#include "agent/session/agent_pool.h"
#include "agent/session/controller_protocol.h"
#include "agent/session/log_buffer.h"
#include "agent/session/sample_sender.h"
#include "agent/vu/vu.h"
#include "agent/worker/init_pool.h"
#include "agent/worker/offload_threads.h"
#include "agent/worker/watchdog.h"
#include "agent/worker/worker.h"
#include "common/bundle/bundle.h"
#include "common/metrics/delta.h"
#include "common/secrets/keeper.h"
#include "common/wire/assignment.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::session {

class AgentRun final {
 public:
  /// `send` queues a reliable message, `tell` one that may be lost; both from any thread. `epoch`
  /// as in Hello. `backlog` says how many reliable ones wait. `finished` is called after Finish.
  struct Callbacks {
    std::function<void(v1::FromAgent)> send;
    std::function<void(v1::FromAgent)> tell;
    std::function<std::size_t()> backlog;
    std::function<void()> finished;
  };
  AgentRun(vu::Loop& conductor, Callbacks callbacks, std::vector<vu::ModuleDef> modules,
           std::uint64_t epoch);
  ~AgentRun();
  AgentRun(const AgentRun&) = delete;
  AgentRun& operator=(const AgentRun&) = delete;

  void set_agent(int agent) { agent_ = agent; }
  void Handle(v1::ToAgent message);
  /// The controller is gone for good: everything stops, nothing is sent any more.
  void Abandon();

 private:
  /// False, and this process has done with the run: a controller does not ask for that now.
  bool MayAsk(const v1::ToAgent& message);
  void Prepare(v1::Prepare prepare);
  void TakeChunk(const v1::BundleChunk& chunk);
  void Build();
  Result<void> FillProgram();
  [[nodiscard]] Result<double> ShareOfRate() const;
  Result<void> MakeWorkers();
  void KeepRawSamples();
  void OnBuilt(Result<std::vector<worker::MadeVu>> made);
  void Begin(vu::TimePoint start);
  void Call(const v1::Call& call);
  void RunCall(std::unique_ptr<vu::Vu> vu, v1::Call call);
  void Start(const v1::Start& start);
  void ArmStarts();
  void CheckDone();
  void Stop();
  void Order(std::uint64_t serial, vu::TimePoint at, bool pause);
  void FollowOrders();
  void Scale(const v1::Scale& scale);
  void SendControlled(std::uint64_t serial);
  void Collect(bool final);
  void SendDelta(metrics::Recorder::Collected collected, std::int64_t active, bool final);
  void SendFlushed();
  void CountVus(std::int64_t active, metrics::Recorder::Collected& into);
  void Tick();
  void SendProgress();
  void PutProgress(v1::Progress& progress) const;
  void FlushLogs();
  [[nodiscard]] bool BackedUp() const;
  /// What of the run is this agent's.
  [[nodiscard]] const plan::ExecutionTuple& share() const { return assignments_.at(0).share; }
  void Send(v1::FromAgent message);
  static v1::FromAgent Failed(v1::Call::Function function, const Error& error);

  vu::Loop& conductor_;
  secrets::Keeper secrets_;
  Callbacks callbacks_;  // what they send is redacted
  const std::uint64_t epoch_;
  int agent_ = 1;

  ControllerProtocol protocol_;
  v1::Prepare prepare_;
  std::string packed_;
  std::string bundle_hash_;
  std::shared_ptr<const bundle::Bundle> bundle_;
  std::vector<vu::ModuleDef> modules_;

  js::CodeCache code_;
  worker::OffloadThreads offload_{std::max(1u, std::thread::hardware_concurrency() / 2)};
  vu::Program program_;
  std::vector<wire::Assignment> assignments_;  // one, once a Prepare was read
  worker::InitOptions init_options_;
  LogBuffer logs_;
  std::unique_ptr<worker::Watchdog> watchdog_;
  std::unique_ptr<net::DnsService> dns_;
  std::unique_ptr<net::RequestPace> pace_;  ///< of `rps`; null without
  std::unique_ptr<SampleSender> samples_;   // null: nobody asked for raw ones; outlives recorders
  std::vector<std::unique_ptr<worker::Worker>> workers_;
  std::vector<std::thread> helpers_;  // making VUs

  std::unique_ptr<AgentPool> pool_;
  std::vector<std::unique_ptr<executor::ScenarioRun>> scenarios_;
  std::vector<std::pair<executor::ScenarioRun*, std::unique_ptr<vu::Timer>>> start_timers_;
  std::shared_ptr<const std::string> setup_json_;
  std::atomic<bool> stopping_{false};
  std::array<std::atomic<bool>, 2> stop_told_{};  // exec.test.fail(), exec.test.abort()
  bool built_ = false;
  bool started_ = false;
  bool run_done_sent_ = false;
  vu::TimePoint named_start_{};

  /// To pause or to go on, at an instant.
  struct PauseOrder {
    std::uint64_t serial = 0;
    vu::TimePoint at;
    bool pause = false;
  };
  std::deque<PauseOrder> orders_;
  vu::Timer orders_timer_;
  bool paused_ = false;

  vu::TimePoint run_start_{};
  std::int64_t next_interval_ = 0;
  struct {
    bool on_its_way = false;    ///< workers are asked for their figures
    bool final_wanted = false;  ///< and are to be asked for the last
  } collecting_;
  std::uint64_t sequence_ = 0;
  metrics::MetricSet told_;                 // the metrics that the controller knows by number
  std::unique_ptr<metrics::Recorder> own_;  // of samples that no worker takes
  struct {
    metrics::TrendSink loop_lag;
    worker::CpuUse cpu;
  } health_;  // of all workers, once the last delta is due
  std::map<std::pair<std::string, std::string>, std::uint64_t> check_ranks_;
  vu::Timer tick_;
  vu::Timer progress_timer_;
  vu::Timer log_timer_;
};

}  // namespace loadctl::session
