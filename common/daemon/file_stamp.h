// Whether a file is another one than it was: for lists and certificates that are read again when
// somebody has changed them. Blocking, any thread.
#pragma once

#include <string>

namespace loadctl::daemon {

/// Device, inode, size and the instant of the last change, as a text; empty if there is no file.
[[nodiscard]] std::string StampOf(const std::string& path);

}  // namespace loadctl::daemon
