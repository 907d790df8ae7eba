#include "agent/modules/registry.h"

#include <utility>

namespace loadctl::modules {
namespace {

vu::ModuleDef Named(std::string_view specifier, Module module) {
  return {specifier, module.face, std::move(module.natives)};
}

}  // namespace

std::vector<vu::ModuleDef> AllModules() {
  return {
#define MODULE(specifier, folder, state, lacks) Named(specifier, folder::Describe()),
#define FACE(specifier, folder) Named(specifier, folder::Describe()),
#define MISSING(specifier)
#include "common/plan/modules.inc"
#undef MODULE
#undef FACE
#undef MISSING
  };
}

}  // namespace loadctl::modules
