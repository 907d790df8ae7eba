#include <memory>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::go_types {
namespace {

class GoTypes {
 public:
  void GoError(js::Call& call) { call.Throw(call.String(0)); }
};

}  // namespace

vu::ModuleDef Describe() {
  return {"loadctl:go_types",
          faces::kGo_types,
          {js::Native<&GoTypes::GoError>("goError")},
          [](vu::Vu&) -> std::shared_ptr<void> { return std::make_shared<GoTypes>(); }};
}

}  // namespace loadctl::modules::go_types
