// json(selector) of a response.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "agent/js/native.h"

namespace loadctl::modules::http {

/// The value at a path in a body, whose JSON is valid; undefined if the path leads nowhere.
Result<std::variant<std::monostate, double, js::Json>> FindByPath(js::Data body, std::string path);

}  // namespace loadctl::modules::http
