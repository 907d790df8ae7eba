// The controller as systemd sees it (sd_notify(3)): ready, what it does, that it lives, that it
// stops. Elsewhere nothing happens. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "controller/fleet/registry.h"
#include "controller/service/serve.h"

namespace loadctl::cli {

class Supervision final {
 public:
  /// Both outlive it.
  Supervision(const fleet::Registry& registry, service::RunStopper& stopper);
  Supervision(const Supervision&) = delete;
  Supervision& operator=(const Supervision&) = delete;

  void Ready();
  void Stops();
  /// The main thread is between two runs; during one it is asked by Look().
  void MainThreadLives();
  /// Once a second: says that the controller lives, if the registry answers and the main thread has
  /// turned lately, and what it does. One thread.
  void Look();

 private:
  const fleet::Registry& registry_;
  service::RunStopper& stopper_;
  std::atomic<std::chrono::steady_clock::rep> lived_;
  std::atomic<bool> ready_{false}, stops_{false};
  std::string status_;
};

}  // namespace loadctl::cli
