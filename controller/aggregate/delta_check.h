// Whether an agent can have measured what a delta says. Not for the order of deltas (aggregate.h)
// nor for their bytes (common/metrics/delta.h). Pure, any thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/metrics/delta.h"
#include "common/metrics/registry.h"

namespace loadctl::aggregate {

/// Samples of one series, and uses of one check, in one delta.
inline constexpr std::uint64_t kMostSamples = std::uint64_t{1} << 40;

/// Why no agent can have measured this, in words that name the series or the check; empty if one
/// can. `known` has the built-in metrics, those that the script's init code declared, and the
/// sub-metrics that agents were told to keep.
///
/// A series is there once. A metric has one type and one kind of value, and no other sub-metrics
/// than the kept ones and parts (common/metrics/part.h); one that is not known (the init code of
/// some VU declared it) has a valid name and no sub-metrics. Built-in counters are whole numbers
/// from 0 on, times are finite and not below 0, and no count exceeds kMostSamples but
/// `dropped_iterations` and bytes. A script's own metrics may hold whatever numbers a script can
/// give them, the infinities among them.
[[nodiscard]] std::string WhyImpossible(const metrics::Delta& delta,
                                        const metrics::MetricSet& known);

/// Whether every series is of a metric that is known, of its type and kind, or has a new valid
/// name: for seconds that an Aggregate gave out, perhaps in another process.
[[nodiscard]] bool IsOf(const metrics::Delta& second, const metrics::MetricSet& known);

/// The largest number of samples that the delta has of any series or check.
[[nodiscard]] std::uint64_t MostSamplesOf(const metrics::Delta& delta);

}  // namespace loadctl::aggregate
