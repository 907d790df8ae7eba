// json(selector) of a response.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "agent/js/native.h"

namespace loadctl::modules::http {

/// The value at a path in a body; undefined if the path leads nowhere, or the body is no JSON,
/// which is looked at unless it is known to be.
Result<std::variant<std::monostate, double, js::Json>> FindByPath(js::Data body, std::string path,
                                                                  bool known);

}  // namespace loadctl::modules::http
