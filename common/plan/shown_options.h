// The JSON object behind ShownOptions(), for who prints it in another layout.
// For .cc files of the plan only: it pulls in Boost.JSON. Pure functions: any thread.
#pragma once

#include <boost/json/object.hpp>

#include "common/plan/options.h"

namespace loadctl::plan {

[[nodiscard]] boost::json::object ShownObject(const Options& options, OptionsView view);

}  // namespace loadctl::plan
