// Sends the raw samples of an agent's workers to the controller, as fast as that takes them and no
// faster. Not for taking samples (agent/metrics). The conductor's loop, but for the queue.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/metrics/raw_samples.h"
#include "agent/session/agent_link.h"
#include "agent/vu/loop.h"

namespace loadctl::session {

class SampleSender final {
 public:
  /// Deltas come before samples: these wait in the queue while more than a few messages are not
  /// acknowledged.
  SampleSender(vu::Loop& conductor, AgentLink& link);
  ~SampleSender();
  SampleSender(const SampleSender&) = delete;
  SampleSender& operator=(const SampleSender&) = delete;

  /// What the workers' recorders put their samples into. Any thread.
  [[nodiscard]] metrics::SampleQueue& queue() { return queue_; }
  /// `flush` makes a worker hand over what it has; before Start().
  void Add(std::function<void()> flush) { flushes_.push_back(std::move(flush)); }

  void Start();
  void NoteDropped(std::uint64_t samples) { dropped_ += samples; }
  /// The workers have handed over their last: sends what waits and how much it was in all, then
  /// calls `done`. What could not be sent within some seconds is dropped.
  void Finish(std::function<void()> done);

 private:
  void Tick();
  bool SendSome();
  void Send(std::string chunk);

  vu::Loop& conductor_;
  AgentLink& link_;
  metrics::SampleQueue queue_;
  std::vector<std::function<void()>> flushes_;
  vu::Timer timer_;
  int ticks_ = 0;
  std::function<void()> done_;
  std::chrono::steady_clock::time_point deadline_{};
  std::uint64_t sent_ = 0, dropped_ = 0;
};

}  // namespace loadctl::session
