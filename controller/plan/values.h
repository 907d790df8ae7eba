// Values of settings from each kind of source to the member of Options that their row names.
// Not for which settings exist (settings.h) nor which layer wins (layers.h). Any thread.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/plan/options.h"
#include "controller/plan/settings.h"

namespace loadctl::plan {

/// Where the value came from and what would be accepted there, then the error's text, which often
/// is Go's: `variable K6_VUS wants a whole number: ...`. Scenarios and thresholds have said so of
/// the field that is wrong (json_types.h, Wanting()): their text is left as it is.
[[nodiscard]] std::string WithForm(const Error& error, const Setting& setting, Source source);

/// Each reads a value into the row's member of `layer`, which stays as it is where the source
/// leaves the option unset (null, an empty variable).
///
/// From the script's `options`, or the configuration file. Fails (kInvalidConfig) with k6's texts,
/// after the option's name where k6 leaves it out.
[[nodiscard]] Result<void> ReadJson(const Setting& row, const boost::json::value& value,
                                    Source source, Options& layer);
/// From a K6_ variable. Fails (kInvalidConfig) with k6's `envconfig.Process: assigning ...`.
[[nodiscard]] Result<void> ReadVariable(const Setting& row, std::string_view text, Options& layer);
/// From all uses of a flag, each checked by CheckFlagText. Fails (kGeneric) with k6's texts.
[[nodiscard]] Result<void> ReadFlag(const Setting& row, std::span<const std::string> given,
                                    Options& layer);

/// What a flag says as soon as it is read: numbers, bools, durations, lists. Fails with the reason
/// that `invalid argument "x" for "--flag" flag: ` begins.
[[nodiscard]] Result<void> CheckFlagText(const Setting& setting, std::string_view text);

/// Whether the row's value sets nothing in motion, so that it is honoured even where the setting is
/// not supported: nobody has set it, or it is false, an empty text or list, or an accepted value.
[[nodiscard]] bool AsksForNothing(const Setting& row, const Options& options);

/// Fields of one line of comma-separated values, quotes allowed. Fails with Go's texts.
[[nodiscard]] Result<std::vector<std::string>> SplitCsv(std::string_view text);

/// Bytes of `512M`: a whole number, then nothing, or K, M, G, with or without `B` or `iB` after it.
/// All are powers of 1024. Fails (kGeneric) on anything else, 0 included.
[[nodiscard]] Result<std::int64_t> ParseBytes(std::string_view text);

/// Fails (kGeneric) on the first bad statistic: `invalid trend stat 'foo', unknown format`.
[[nodiscard]] Result<void> CheckTrendStats(std::span<const std::string> stats);

}  // namespace loadctl::plan
