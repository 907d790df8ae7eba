// The HTML of the live page and of reports: one document that needs nothing from elsewhere.
// Its script and style come from web/ at build time. Pure functions, any thread.
#pragma once

#include <string>

namespace loadctl::page {

/// A report: the page with a run's figures in it (Watch::Snapshot()).
[[nodiscard]] std::string Report(const std::string& snapshot);

/// The live page, which asks for `data.json` and `events` beside it.
[[nodiscard]] std::string Live();

}  // namespace loadctl::page
