// Counts that stay at the largest number instead of overflowing. Any thread.
#pragma once

#include <cstdint>
#include <limits>

namespace loadctl {

/// Of numbers that are not negative.
[[nodiscard]] inline std::int64_t SaturatingAdd(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}
[[nodiscard]] inline std::int64_t SaturatingMultiply(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::int64_t>::max()
                                                : product;
}

}  // namespace loadctl
