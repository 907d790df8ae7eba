// Numbers of the wire as what they stand for, whatever the other side sent. Any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "common/base/error.h"
#include "common/plan/options.h"
#include "loadctl/v1/report.pb.h"

namespace loadctl::wire {

/// kGeneric for a code that this build does not know.
[[nodiscard]] constexpr ErrorCode ErrorCodeOf(v1::Failure::Code code) {
  switch (code) {
    case v1::Failure::INVALID_CONFIG:
      return ErrorCode::kInvalidConfig;
    case v1::Failure::SCRIPT:
      return ErrorCode::kScript;
    case v1::Failure::SETUP_TIMEOUT:
      return ErrorCode::kSetupTimeout;
    case v1::Failure::TEARDOWN_TIMEOUT:
      return ErrorCode::kTeardownTimeout;
    case v1::Failure::SIGNAL:
      return ErrorCode::kSignal;
    case v1::Failure::SCRIPT_ABORTED:
      return ErrorCode::kScriptAborted;
    case v1::Failure::MARKED_FAILED:
      return ErrorCode::kMarkedFailed;
    case v1::Failure::THRESHOLDS:
      return ErrorCode::kThresholds;
    case v1::Failure::STOPPED_FROM_API:
      return ErrorCode::kStoppedFromApi;
    case v1::Failure::CANNOT_HAVE_API:
      return ErrorCode::kCannotHaveApi;
    case v1::Failure::AGENT_LOST:
      return ErrorCode::kAgentLost;
    case v1::Failure::FAIL_ON:
      return ErrorCode::kFailOn;
    default:
      return ErrorCode::kGeneric;
  }
}
/// The other way.
[[nodiscard]] constexpr v1::Failure::Code ToProto(ErrorCode code) {
  switch (code) {
    case ErrorCode::kGeneric:
      return v1::Failure::GENERIC;
    case ErrorCode::kInvalidConfig:
      return v1::Failure::INVALID_CONFIG;
    case ErrorCode::kScript:
      return v1::Failure::SCRIPT;
    case ErrorCode::kSetupTimeout:
      return v1::Failure::SETUP_TIMEOUT;
    case ErrorCode::kTeardownTimeout:
      return v1::Failure::TEARDOWN_TIMEOUT;
    case ErrorCode::kSignal:
      return v1::Failure::SIGNAL;
    case ErrorCode::kScriptAborted:
      return v1::Failure::SCRIPT_ABORTED;
    case ErrorCode::kMarkedFailed:
      return v1::Failure::MARKED_FAILED;
    case ErrorCode::kThresholds:
      return v1::Failure::THRESHOLDS;
    case ErrorCode::kStoppedFromApi:
      return v1::Failure::STOPPED_FROM_API;
    case ErrorCode::kCannotHaveApi:
      return v1::Failure::CANNOT_HAVE_API;
    case ErrorCode::kAgentLost:
      return v1::Failure::AGENT_LOST;
    case ErrorCode::kFailOn:
      return v1::Failure::FAIL_ON;
  }
  return v1::Failure::GENERIC;
}

[[nodiscard]] inline v1::Failure ToProto(const Error& error) {
  v1::Failure failure;
  failure.set_code(ToProto(error.code));
  failure.set_message(error.message);
  return failure;
}
[[nodiscard]] inline Error ErrorOf(const v1::Failure& failure) {
  return {ErrorCodeOf(failure.code()), failure.message()};
}
/// The exit status of a run that ended so: that of the code, or of the thresholds that failed it.
[[nodiscard]] inline int ExitStatusOf(const v1::Failure& failure) {
  const ErrorCode code = ErrorCodeOf(failure.code());
  const bool own = code == ErrorCode::kThresholds && failure.exit_code() >= 1 &&
                   failure.exit_code() <= plan::kMostExitCode;
  return own ? static_cast<int>(failure.exit_code()) : ExitStatus(code);
}
/// That of `error`, which may be the outcome's own or have come to it here.
[[nodiscard]] inline int ExitStatusOf(const Error& error, const v1::Outcome* outcome) {
  const bool own = outcome != nullptr && outcome->has_error() &&
                   ErrorCodeOf(outcome->error().code()) == error.code;
  return own ? ExitStatusOf(outcome->error()) : ExitStatus(error.code);
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
