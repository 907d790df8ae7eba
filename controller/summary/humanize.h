// A metric's number in words for a person: 1.5 MB, 117.44ms, 12.34%.
// Not for programs: digits are lost. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/metrics/metric.h"

namespace loadctl::summary {

/// A rate (0..1) as percent, cut to two decimals: `12.34%`.
[[nodiscard]] std::string HumanizeRate(double rate);

/// Bytes: below 10 `9 B`, else to the base 1000 `12 kB`, `1.5 MB`.
[[nodiscard]] std::string HumanizeBytes(double bytes);

/// Milliseconds as `0s`, `13ns`, `12.5µs`, `117.44ms`, `1.5s`, `1m30s`, `1h2m3s`; digits are cut,
/// not rounded. With a time unit (`s`, `ms`, `us`) always two decimals, rounded, of that unit.
[[nodiscard]] std::string HumanizeTime(double milliseconds, std::string_view time_unit);

/// A value of a counter, gauge or trend by what the metric contains; plain numbers have up to 6
/// decimals.
[[nodiscard]] std::string HumanizeValue(double value, metrics::ValueType contains,
                                        std::string_view time_unit);

/// Columns that UTF-8 text takes, as k6 counts them: code points, ANSI escapes not counted.
[[nodiscard]] std::size_t DisplayWidth(std::string_view text);

/// Whether metric name `a` comes before `b` in k6's order: by parent, then by the tag part;
/// punctuation before digits before letters, small letters before capitals where nothing else
/// differs.
[[nodiscard]] bool MetricNameLess(std::string_view a, std::string_view b);

}  // namespace loadctl::summary
