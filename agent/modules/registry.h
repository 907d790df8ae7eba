// The list of modules that come with loadctl; registry.inc holds it.
#pragma once

#include <vector>

#include "agent/vu/module.h"

namespace loadctl::modules {

#define MODULE(name)                      \
  namespace name {                        \
  [[nodiscard]] vu::ModuleDef Describe(); \
  }
#include "agent/modules/registry.inc"
#undef MODULE

/// Every module, in the registry's order.
[[nodiscard]] std::vector<vu::ModuleDef> AllModules();

}  // namespace loadctl::modules
