#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::fs {

// What it does is in loadctl:files, which csv uses too.
vu::ModuleDef Describe() { return {"k6/experimental/fs", faces::kFs, {}}; }

}  // namespace loadctl::modules::fs
