#include "agent/modules/http/json_select.h"

#include <limits>
#include <string>

#include "common/text/json_path.h"

namespace loadctl::modules::http {

void FindByPath(js::Call& call) {
  const std::string path = call.String(1);
  const auto found = text::FindByJsonPath(call.String(0), path);
  if (!found) {
    call.Throw("json(\"" + path + "\"): " + found.error().message);
  } else if (!*found) {
    return;
  } else if (**found == "NaN") {
    call.Return(std::numeric_limits<double>::quiet_NaN());
  } else if (**found == "Infinity" || **found == "-Infinity") {
    const double infinity = std::numeric_limits<double>::infinity();
    call.Return((*found)->front() == '-' ? -infinity : infinity);
  } else {
    call.ReturnJson(**found);
  }
}

}  // namespace loadctl::modules::http
