// What a script's imports name and load, as the realm asks for it.
// Not for finding files (controller/bundle). While init code runs, on its fiber.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::js {

/// Where a script's modules come from. Called while init code runs, on its fiber.
struct Sources {
  /// In memory that outlives the realm.
  struct Script {
    std::string_view text;
    std::string_view source_map;  ///< JSON; empty: the text is the author's
  };
  /// The URL that an import names; fails with k6's texts.
  std::function<Result<std::string>(const std::string& specifier, const std::string& referrer)>
      resolve;
  std::function<Result<Script>(const std::string& url)> load;
  /// The script in syntax that this V8 has, asked for where it cannot be parsed; may be empty.
  std::function<Result<Script>(const std::string& url)> lower;
};

/// Modules that are files as they are, found by their names alone.
Sources PlainSources(std::function<Result<std::string_view>(const std::string& url)> load_file);

}  // namespace loadctl::js
