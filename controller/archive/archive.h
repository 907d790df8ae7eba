// k6's archives: a test with its files, options and environment in one tar.
// Not for evaluating what is in it (controller/bundle), nor for what options mean
// (controller/plan). Everything stays in memory: reading an archive never writes a file. Any
// thread.
#pragma once

#include <cstddef>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/bundle/bundle.h"

namespace loadctl::archive {

/// What is in an archive.
struct Archive {
  std::string main_url;      ///< of the main script: `file:///home/nobody/x.js`, nothing escaped
  std::string options_json;  ///< one JSON object
  std::optional<std::map<std::string, std::string>> env;  ///< nullopt: left out when it was made
  std::string compatibility_mode = "extended";
  bundle::Bundle files;  ///< by URL, the main script among them
};

/// Whether the bytes begin as a tar does: what k6 takes for an archive unless told otherwise.
[[nodiscard]] bool IsArchive(std::string_view bytes);

/// Most entries of an archive that is read.
inline constexpr std::size_t kMaxEntries = 100'000;

/// Reads an archive of this program or of k6, from 0.25 on. What is neither file nor metadata is
/// passed over, as in k6.
///
/// Fails (kGeneric) naming the entry: on names that leave the archive, on more than kMaxEntries, on
/// an entry larger than the archive, on metadata that is not k6's.
[[nodiscard]] Result<Archive> ReadArchive(std::string_view bytes);

/// The tar, laid out as k6 does: metadata.json, data, then folders and files, sorted.
/// Fails (kGeneric) if the main script is not among the files.
[[nodiscard]] Result<std::string> WriteArchive(const Archive& archive, std::time_t now);

/// The path with `/`, without `.` and `..`, and with the user's name in it replaced by `nobody`:
/// `/home/ann/x.js` is `/home/nobody/x.js`.
[[nodiscard]] std::string AnonymousPath(std::string_view path);

/// The same of the path of a `file://` URL; other URLs lose what follows `?`.
[[nodiscard]] std::string AnonymousUrl(std::string_view url);

}  // namespace loadctl::archive
