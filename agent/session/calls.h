// Calls of setup(), teardown() and handleSummary(), each on a VU of its own.
// The conductor's thread.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "agent/vu/vu.h"
#include "agent/worker/init_pool.h"
#include "agent/worker/watchdog.h"
#include "agent/worker/worker.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::session {

class Calls final {
 public:
  /// All outlive it. `worker` keeps the VUs to the end of the run.
  struct Parts {
    vu::Loop& conductor;
    worker::Watchdog& watchdog;
    worker::InitOptions init;
    vu::Program& program;
    worker::Worker& worker;
  };
  using Answer = std::function<void(v1::FromAgent)>;

  explicit Calls(Parts parts) : parts_(std::move(parts)) {}
  ~Calls();
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  /// Makes a VU and lets it call the function; `answer` gets a CallDone.
  void Call(const v1::Call& call, Answer answer);

 private:
  void Run(std::unique_ptr<vu::Vu> vu, const v1::Call& call, Answer answer);

  const Parts parts_;
  std::vector<std::thread> helpers_;  // making VUs
};

}  // namespace loadctl::session
