#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::timers {

// The globals under a module's name.
Module Describe() { return {faces::kTimers, {}}; }

}  // namespace loadctl::modules::timers
