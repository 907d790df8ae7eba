#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::timers {

// The globals under a module's name.
vu::ModuleDef Describe() { return {"k6/timers", faces::kTimers, {}}; }

}  // namespace loadctl::modules::timers
