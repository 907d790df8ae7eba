// docs/compatibility.md, made into the program by scripts/cmake/text.cmake. A constant: any thread.
#pragma once

#include <string_view>

namespace loadctl::cli {

extern const std::string_view kCompatibility;

}  // namespace loadctl::cli
