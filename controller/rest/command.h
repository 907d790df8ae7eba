// What k6's REST API can ask of a running test, and what it gets: plain values.
// Not for HTTP (controller/web) nor for doing it (controller/run). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "controller/web/message.h"

namespace loadctl::rest {

/// What a run shows of itself; k6's fields.
struct Status {
  int status = 0;  ///< k6's number of the execution's state: 7 is running
  bool paused = false;
  std::int64_t vus = 0;      ///< active
  std::int64_t vus_max = 0;  ///< initialized
  bool stopped = false;
  bool running = false;
  bool tainted = false;  ///< a threshold is crossed
};

/// What PATCH /v1/status asks for.
struct StatusChange {
  bool stopped = false;  ///< then the rest does not count
  std::optional<bool> paused;
  std::optional<std::int64_t> vus, vus_max;
};

struct Command {
  enum class Kind {
    kRun,  ///< which run this is; loadctl's own
    kStatus,
    kChangeStatus,
    kMetrics,
    kMetric,
    kGroups,
    kGroup,
    kSetupData,
    kRunSetup,
    kSetSetupData,
    kRunTeardown,
  };
  Kind kind = Kind::kStatus;
  StatusChange change;
  std::string text;  ///< id of a metric or group; JSON of the setup data, empty for none
};

using web::Response;

}  // namespace loadctl::rest
