// The natives of k6/html: none; loadctl:selection has them.
#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::html {

Module Describe() { return {faces::kHtml, {}}; }

}  // namespace loadctl::modules::html
