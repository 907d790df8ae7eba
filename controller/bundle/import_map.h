// An import map (HTML, 8.1.5.3): what names in import and require() stand for.
// Not for finding files (scripts.h). Immutable: any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.h"

namespace loadctl::controller {

class ImportMap final {
 public:
  /// `url` is the map's own: addresses and scopes are relative to it. Fails (kInvalidConfig) naming
  /// the member for what is no import map.
  static Result<ImportMap> Parse(std::string_view json, const std::string& url);

  /// The URL or bare name that `specifier` stands for in the file `referrer`; `by_name` is the URL
  /// that it is without a map, empty if it is none. Nothing: the map does not speak of it. Fails
  /// (kScript) if the map forbids it (null).
  [[nodiscard]] Result<std::optional<std::string>> Find(const std::string& specifier,
                                                        const std::string& by_name,
                                                        const std::string& referrer) const;

 private:
  /// A name, or with `/` at its end all that begin so; and its address, empty: forbidden.
  using Entry = std::pair<std::string, std::string>;
  using Entries = std::vector<Entry>;  ///< the longest first
  static Result<std::optional<std::string>> FindIn(const Entries& entries, const std::string& name);

  Entries imports_;
  std::vector<std::pair<std::string, Entries>> scopes_;  ///< the longest first
};

}  // namespace loadctl::controller
