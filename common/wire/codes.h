// Numbers of the wire as what they stand for, whatever the other side sent. Any thread.
#pragma once

#include <cstdint>

#include "common/base/error.h"

namespace loadctl::wire {

/// The code that a number stands for; kGeneric for one that is none.
[[nodiscard]] constexpr ErrorCode ErrorCodeOf(std::uint32_t number) {
  return number <= static_cast<std::uint32_t>(ErrorCode::kFailOn)
             ? static_cast<ErrorCode>(number)
             : ErrorCode::kGeneric;
}

}  // namespace loadctl::wire
