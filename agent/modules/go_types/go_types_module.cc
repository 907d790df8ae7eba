#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::go_types {

Module Describe() { return {faces::kGo_types, {}}; }

}  // namespace loadctl::modules::go_types
