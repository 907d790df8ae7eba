// Names that others call themselves, for logs. Not for texts of several lines. Pure, any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

namespace loadctl::fleet {

/// What the other side calls itself, cut and made printable: names go to logs.
[[nodiscard]] inline std::string PrintableName(std::string name) {
  constexpr std::size_t kMaxName = 200;
  name.resize(std::min(name.size(), kMaxName));
  std::replace_if(
      name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, '?');
  return name;
}

}  // namespace loadctl::fleet
