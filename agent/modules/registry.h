// The modules that come with loadctl; common/plan/modules.inc lists them.
#pragma once

#include <string_view>
#include <vector>

#include "agent/vu/module.h"

namespace loadctl::modules {

/// What a module's folder gives: its face and its natives. Its name is in the list.
struct Module {
  std::string_view face;
  std::vector<js::NativeExport> natives;
};

#define MODULE(specifier, folder, state, lacks) \
  namespace folder {                            \
  [[nodiscard]] Module Describe();              \
  }
#define FACE(specifier, folder) MODULE(specifier, folder, , )
#define MISSING(specifier)
#include "common/plan/modules.inc"
#undef MODULE
#undef FACE
#undef MISSING

/// Every module, in the list's order.
[[nodiscard]] std::vector<vu::ModuleDef> AllModules();

}  // namespace loadctl::modules
