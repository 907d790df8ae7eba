#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::lockdown {

Module Describe() { return {faces::kLockdown, {}}; }

}  // namespace loadctl::modules::lockdown
