// A URL of a backend, taken apart. Not for requests of scripts (agent/net). Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.h"

namespace loadctl::output {

struct Url {
  std::string scheme, host;         ///< host with its port
  std::optional<std::string> user;  ///< decoded, as the password, the path and the query are
  std::string password, path;
  std::vector<std::pair<std::string, std::string>> query;
};

/// Fails (kGeneric) in Go's words: `parse "x": ...`.
[[nodiscard]] Result<Url> ParseUrl(const std::string& text);

/// Go's url.PathUnescape, but that what is no escape stays as it is.
[[nodiscard]] std::string UnescapePath(const std::string& text);

/// A value of a query, escaped.
[[nodiscard]] std::string EscapeQuery(std::string_view text);

}  // namespace loadctl::output
