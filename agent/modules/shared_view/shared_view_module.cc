#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::shared_view {

Module Describe() { return {faces::kShared_view, {}}; }

}  // namespace loadctl::modules::shared_view
