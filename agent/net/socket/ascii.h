// Names of protocols and hosts: compared without regard to the case of ASCII letters.
// Not for texts of people. Plain functions: any thread.
#pragma once

#include <string_view>

namespace loadctl::net {

/// True if both are equal but for the case of ASCII letters.
[[nodiscard]] bool EqualsIgnoreCase(std::string_view a, std::string_view b);

}  // namespace loadctl::net
