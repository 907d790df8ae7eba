// `loadctl-agent --inspect`: evaluates a script's init code once, for whoever started this process,
// and tells what it exports. The protocol is proto/loadctl/v1/inspect.proto. Main thread.
#pragma once

#include <vector>

#include "agent/vu/module.h"

namespace loadctl::session {

/// Serves one inspection over the socket `descriptor`; the process's exit status.
int Inspect(int descriptor, std::vector<vu::ModuleDef> modules);

}  // namespace loadctl::session
