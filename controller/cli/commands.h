// The commands of `loadctl`: each is one file of this folder. Main thread.
#pragma once

#include <span>
#include <string>

namespace loadctl::cli {

/// `loadctl run`: runs a script; the process's exit status.
int Run(std::span<const std::string> arguments);

}  // namespace loadctl::cli
