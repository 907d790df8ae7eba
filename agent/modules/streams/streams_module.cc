#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::streams {

Module Describe() { return {faces::kStreams, {}}; }

}  // namespace loadctl::modules::streams
