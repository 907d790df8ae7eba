#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::fs {

// What it does is in loadctl:files, which csv uses too.
Module Describe() { return {faces::kFs, {}}; }

}  // namespace loadctl::modules::fs
