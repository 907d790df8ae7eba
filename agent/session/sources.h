// What a run's scripts import, out of its bundle.
// Not for how a bundle comes here (agent_run.h). Any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/js/sources.h"
#include "common/base/error.h"
#include "common/bundle/bundle.h"

namespace loadctl::session {

/// Scripts and their imports. `load_file` says in k6's words that one is not there.
[[nodiscard]] js::Sources SourcesOf(
    std::shared_ptr<const bundle::Bundle> files,
    std::function<Result<std::string_view>(const std::string&)> load_file);

}  // namespace loadctl::session
