// What this user's programs keep between runs and can make or fetch again.
// Not for results. Any thread; programs that run at the same time do not hurt each other.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace loadctl::controller {

/// The folder for it: `$XDG_CACHE_HOME/loadctl/NAME`, else `~/.cache/loadctl/NAME`; empty if there
/// is no home, and nothing is kept.
[[nodiscard]] std::string CacheFolder(const std::string& name);

/// Writes a file with all its text or not at all, making the folders it is in; only this user may
/// read it. What goes wrong is not said: it is made again.
void KeepFile(const std::filesystem::path& path, const std::string& text);

/// Removes the files that were written longest ago until `most` are left.
void Prune(const std::filesystem::path& folder, std::size_t most);

}  // namespace loadctl::controller
