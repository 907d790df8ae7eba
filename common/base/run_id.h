// Names a run, wherever it is spoken of: on the wire, in lists, in records.
// Not for counting runs: ids are random. Any thread.
#pragma once

#include <compare>
#include <random>
#include <string>

namespace loadctl {

/// 12 hexadecimal digits.
struct RunId {
  std::string text;

  [[nodiscard]] static RunId Random() {
    std::random_device device;
    RunId id;
    for (int i = 0; i < 12; ++i) id.text += "0123456789abcdef"[device() % 16];
    return id;
  }
  auto operator<=>(const RunId&) const = default;
};

}  // namespace loadctl
