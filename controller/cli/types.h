// `loadctl inspect --types`: TypeScript's own compiler says what of a script's types is wrong,
// where it is installed. Runs do not look at types, as in k6. Blocking, main thread.
#pragma once

#include <string>

#include "common/base/error.h"

namespace loadctl::cli {

/// What tsc writes of the script (a path) and of what it imports; empty: its types are right. It is
/// that of the nearest node_modules, else the one in PATH; so is the tsconfig.json that counts.
/// Fails (kGeneric) where there is none, saying how to get it.
[[nodiscard]] Result<std::string> CheckTypes(const std::string& script);

}  // namespace loadctl::cli
