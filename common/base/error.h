// The project's one currency for failure: Error and Result<T>.
// Not for what a tested target does wrong (that is measurement) nor for broken invariants (CHECK).
// Plain values: any thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace loadctl {

/// What kind of failure an Error is. Closed: ExitStatus() in error.cc maps every member.
enum class ErrorCode {
  kGeneric,          ///< anything without a code of its own: bad flags, files, I/O (exit 255)
  kInvalidConfig,    ///< options, thresholds, scenarios, or what this build does not have (104)
  kScript,           ///< syntax, import, or an exception in init, setup or teardown (107)
  kSetupTimeout,     ///< setup() over its limit (100)
  kTeardownTimeout,  ///< teardown() over its limit (101)
  kSignal,           ///< stopped by SIGINT or SIGTERM (105)
  kScriptAborted,    ///< exec.test.abort() (108)
  kMarkedFailed,     ///< exec.test.fail() (110)
  kThresholds,       ///< thresholds crossed (99)
  kStoppedFromApi,   ///< stopped through the REST API (103)
  kCannotHaveApi,    ///< no room for the REST API at the address asked for (106)
  kAgentLost,        ///< an agent was lost, or the ledger does not balance (111)
  kFailOn,           ///< what --fail-on names came true (112)
};

/// Exit status of a program that ends with this code; k6's numbers, and 111 of our own.
[[nodiscard]] int ExitStatus(ErrorCode code);

/// A failure in words for the person at the terminal: what, where, and what to do.
struct Error {
  ErrorCode code = ErrorCode::kGeneric;
  std::string message;

  /// The same error with what was being done put in front: `reading bundle load.js: not found`.
  [[nodiscard]] Error While(std::string_view doing) const;
};

template <typename T>
using Result = tl::expected<T, Error>;

/// `return Fail(ErrorCode::kInvalidConfig, "...")` from any function that returns a Result.
[[nodiscard]] tl::unexpected<Error> Fail(ErrorCode code, std::string message);
[[nodiscard]] tl::unexpected<Error> Fail(std::string message);  ///< ErrorCode::kGeneric

}  // namespace loadctl

#define LOADCTL_CONCAT_(a, b) a##b
#define LOADCTL_CONCAT(a, b) LOADCTL_CONCAT_(a, b)
/// `LOADCTL_TRY(auto x, F());` declares x as the value of F(), or returns F()'s error.
#define LOADCTL_TRY(declaration, expression)                                  \
  auto LOADCTL_CONCAT(try_, __LINE__) = (expression);                         \
  if (!LOADCTL_CONCAT(try_, __LINE__))                                        \
    return tl::unexpected(std::move(LOADCTL_CONCAT(try_, __LINE__)).error()); \
  declaration = std::move(*LOADCTL_CONCAT(try_, __LINE__))
/// `LOADCTL_CHECK_OK(F());` returns F()'s error, for a Result<void>.
#define LOADCTL_CHECK_OK(expression)               \
  if (auto try_result = (expression); !try_result) \
  return tl::unexpected(std::move(try_result).error())
