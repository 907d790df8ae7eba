// Members of Vu that its header only names. Only for agent/vu/*.cc.
#pragma once

#include <memory>

#include "agent/vu/task.h"
#include "agent/vu/vu.h"

namespace loadctl::vu {

struct Vu::TimerEntry {
  int handle = 0;
  const char* name = nullptr;
  double id = 0;
  std::unique_ptr<Timer> timer;
};

struct Vu::SpawnedTask {
  std::unique_ptr<Task> task;
  std::size_t place = 0;  ///< in Vu::tasks_
  bool dropped = false;
};

/// What is left of the tags that the VU did not set itself, after some were deleted.
struct Vu::FewerTags {
  metrics::TagMap of_run, of_scenario;
  bool scenario = true, group = true;
};

}  // namespace loadctl::vu
