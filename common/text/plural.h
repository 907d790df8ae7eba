// Numbers with their nouns, for people. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace loadctl::text {

/// `1 agent`, `2 agents`.
[[nodiscard]] inline std::string Count(std::int64_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace loadctl::text
