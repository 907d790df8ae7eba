#include "agent/modules/registry.h"

namespace loadctl::modules {

std::vector<vu::ModuleDef> AllModules() {
  return {
#define MODULE(name) name::Describe(),
#include "agent/modules/registry.inc"
#undef MODULE
  };
}

}  // namespace loadctl::modules
