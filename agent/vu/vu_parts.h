// Members of Vu that its header only names. Only for agent/vu/*.cc.
#pragma once

#include <memory>

#include "agent/vu/task.h"
#include "agent/vu/vu.h"

namespace loadctl::vu {

struct Vu::TimerEntry {
  int handle = 0;
  std::unique_ptr<Timer> timer;
};

struct Vu::SpawnedTask {
  std::unique_ptr<Task> task;
  bool dropped = false;
};

}  // namespace loadctl::vu
