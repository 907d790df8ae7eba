#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::go_types {

vu::ModuleDef Describe() { return {"loadctl:go_types", faces::kGo_types, {}}; }

}  // namespace loadctl::modules::go_types
