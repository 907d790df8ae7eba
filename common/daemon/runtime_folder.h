// The folder of this user's running programs: sockets of runs, tokens of controllers.
// Blocking, any thread.
#pragma once

#include <string>

#include "common/base/error.h"

namespace loadctl::daemon {

/// `$XDG_RUNTIME_DIR/loadctl`, or /tmp/loadctl-UID where there is none; made if it is not there.
/// Fails (kGeneric) if it is not this user's alone.
[[nodiscard]] Result<std::string> RuntimeFolder();

}  // namespace loadctl::daemon
