// Numbers of the wire as what they stand for, whatever the other side sent. Any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "common/base/error.h"

namespace loadctl::wire {

/// The code that a number stands for; kGeneric for one that is none.
[[nodiscard]] constexpr ErrorCode ErrorCodeOf(std::uint32_t number) {
  return number <= static_cast<std::uint32_t>(ErrorCode::kFailOn) ? static_cast<ErrorCode>(number)
                                                                  : ErrorCode::kGeneric;
}

/// A length of time that can be calculated with: at most 73 years, either way.
[[nodiscard]] constexpr std::chrono::nanoseconds SpanOf(std::int64_t number) {
  using std::chrono::nanoseconds;
  return std::clamp(nanoseconds(number), nanoseconds::min() / 4, nanoseconds::max() / 4);
}

}  // namespace loadctl::wire
