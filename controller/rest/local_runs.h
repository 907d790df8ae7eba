// Where the runs of this machine's user listen: a private folder with a socket for each.
// Plain functions over the file system; any thread.
#pragma once

#include <string>
#include <vector>

#include "common/base/error.h"

namespace loadctl::rest {

/// `$XDG_RUNTIME_DIR/loadctl`, or `/tmp/loadctl-UID` without such a folder. Made if it is missing.
///
/// Fails if it is not a folder that belongs to this user alone: others could listen there.
[[nodiscard]] Result<std::string> RunsFolder();

/// The socket of this process in the folder: `PID.sock`.
[[nodiscard]] std::string SocketOf(const std::string& folder, int pid);

struct LocalRun {
  int pid = 0;
  std::string address;  ///< `unix:/path`
};

/// Sockets with somebody behind them, by pid. Those without are removed.
[[nodiscard]] std::vector<LocalRun> FindLocalRuns(const std::string& folder);

}  // namespace loadctl::rest
