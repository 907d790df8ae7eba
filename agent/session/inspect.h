// `loadctl-agent --inspect`: evaluates a script's init code once, for whoever started this process,
// and tells what it exports; then the process may go on as an agent. The protocol is
// proto/loadctl/v1/inspect.proto. Main thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/vu/module.h"

namespace loadctl::session {

/// Serves one inspection over the socket `descriptor`; the process's exit status.
int Inspect(int descriptor, std::vector<vu::ModuleDef> modules);

/// Whose agent a process is.
struct Belonging {
  std::string controller;
  std::uint32_t number = 0;
};
/// After Inspect(): waits to be told to go on; nullopt if the other side is gone.
std::optional<Belonging> AwaitGoOn(int descriptor);

}  // namespace loadctl::session
