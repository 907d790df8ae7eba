// Scenarios, stages and thresholds as k6 prints them. For .cc files of this folder only.
// Not for the rest of the options (options_text.h). Any thread.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace loadctl::plan {

/// The object of scenarios as it was written: fields that are not set are null, durations are Go's.
/// It was read before, so that everything in it is of the right type.
[[nodiscard]] boost::json::value ShownScenarios(const boost::json::value& written);

/// Stages as they were written, and canonical ones.
[[nodiscard]] boost::json::value ShownStages(const boost::json::value& written);
[[nodiscard]] boost::json::value ShownCanonicalStages(const boost::json::value& canonical);

/// Canonical thresholds; of the written ones only whether delayAbortEval was set.
[[nodiscard]] boost::json::value ShownThresholds(const boost::json::value& canonical,
                                                 const boost::json::value& written);

/// The scenario that the shortcuts among the shown options stand for.
[[nodiscard]] boost::json::object ShownShortcut(const boost::json::object& shown);

}  // namespace loadctl::plan
