// Whoever wants to know what a run tells: the terminal, a client, the Prometheus endpoint, outputs,
// records. Not for asking anything of the run.
#pragma once

#include "loadctl/v1/report.pb.h"

namespace loadctl::events {

/// Gets every event of a run in order, the first one `planned`, the last one `outcome`; of a run
/// that failed before it had a plan, `outcome` alone.
class Subscriber {
 public:
  virtual ~Subscriber() = default;

  /// Called by one thread at a time: the run's own, unless a Queue stands between them. It must not
  /// block, throw, or ask the publisher for anything.
  virtual void On(const v1::RunEvent& event) = 0;
};

}  // namespace loadctl::events
