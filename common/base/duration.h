// Durations as text: Go's form for flags and for people, k6's wider form for scripts and
// environment. Not a clock and not a timer: see clock.h. Plain functions: any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl {

/// Reads a duration as command line flags take it: `1h15m30.5s`, `300ms`, `-1.5h`, `0`.
///
/// Units ns, us (or µs), ms, s, m, h; fractions are cut below a nanosecond. A number without a unit
/// is an error (but `0`), and so are days. Fails (kGeneric) with Go's texts: `time: invalid
/// duration "x"`, `time: missing unit in duration "5"`, `time: unknown unit "d" in duration "1d"`.
[[nodiscard]] Result<std::chrono::nanoseconds> ParseGoDuration(std::string_view text);

/// Reads a duration as scripts, archives and K6_ variables write it.
///
/// A number is milliseconds, fractions allowed; else ParseGoDuration's form, optionally led by a
/// whole count of days: `1d`, `1d12h`, `-1d2h` (which is -26 h). Hours after days must not be
/// negative. Also takes the text of a JSON number. Unlike k6, NaN, infinities and what does not fit
/// in 64 bits of nanoseconds are errors rather than an arbitrary value.
[[nodiscard]] Result<std::chrono::nanoseconds> ParseK6Duration(std::string_view text);

/// The shortest exact form, as Go prints it: `1m30s`, `10m0s`, `1.5s`, `250ms`, `1.5µs`, `0s`.
/// ParseGoDuration of it gives the same duration.
[[nodiscard]] std::string FormatGoDuration(std::chrono::nanoseconds duration);

}  // namespace loadctl
