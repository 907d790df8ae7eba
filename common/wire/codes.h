// Numbers of the wire as what they stand for, whatever the other side sent. Any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "common/base/error.h"
#include "loadctl/v1/report.pb.h"

namespace loadctl::wire {

/// The code that a number stands for; kGeneric for one that is none.
[[nodiscard]] constexpr ErrorCode ErrorCodeOf(std::uint32_t number) {
  return number <= static_cast<std::uint32_t>(ErrorCode::kFailOn) ? static_cast<ErrorCode>(number)
                                                                  : ErrorCode::kGeneric;
}

[[nodiscard]] inline v1::Failure ToProto(const Error& error) {
  v1::Failure failure;
  failure.set_code(static_cast<std::uint32_t>(error.code));
  failure.set_message(error.message);
  return failure;
}
[[nodiscard]] inline Error ErrorOf(const v1::Failure& failure) {
  return {ErrorCodeOf(failure.code()), failure.message()};
}
/// Why a run ended otherwise than by plan, if it did.
[[nodiscard]] inline std::optional<Error> ErrorOf(const v1::Outcome& outcome) {
  return outcome.has_error() ? std::optional(ErrorOf(outcome.error())) : std::nullopt;
}

/// A length of time that can be calculated with: at most 73 years, either way.
[[nodiscard]] constexpr std::chrono::nanoseconds SpanOf(std::int64_t number) {
  using std::chrono::nanoseconds;
  return std::clamp(nanoseconds(number), nanoseconds::min() / 4, nanoseconds::max() / 4);
}

}  // namespace loadctl::wire
