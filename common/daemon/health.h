// Whether a service lives, for who asks from beside it: a container's health check, a probe. What
// it tells systemd (notify.h) is the answer. Any thread.
#pragma once

#include <memory>
#include <string>

#include "common/base/error.h"

namespace loadctl::daemon {

/// Answers on the Unix socket that LOADCTL_HEALTH names, a path or an abstract name (`@loadctl`),
/// from a thread of its own; where it names none, does nothing. What was told by Notify() before it
/// was made is not known.
class HealthSocket final {
 public:
  /// Fails (kGeneric) if the name cannot be had.
  static Result<std::unique_ptr<HealthSocket>> Open();
  ~HealthSocket();
  HealthSocket(const HealthSocket&) = delete;
  HealthSocket& operator=(const HealthSocket&) = delete;

 private:
  class Impl;
  explicit HealthSocket(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Asks the service that has the same LOADCTL_HEALTH. Its status, if it is ready and has told
/// within ten seconds that it lives. Fails (kGeneric) in words, at the latest after three seconds.
[[nodiscard]] Result<std::string> AskHealth();

}  // namespace loadctl::daemon
