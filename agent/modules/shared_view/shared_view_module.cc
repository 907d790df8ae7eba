#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::shared_view {

vu::ModuleDef Describe() { return {"loadctl:shared_view", faces::kShared_view, {}}; }

}  // namespace loadctl::modules::shared_view
