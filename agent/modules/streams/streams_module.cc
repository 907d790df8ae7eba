#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::streams {

vu::ModuleDef Describe() { return {"k6/experimental/streams", faces::kStreams, {}}; }

}  // namespace loadctl::modules::streams
