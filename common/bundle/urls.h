// URLs of a script's files: `file:///dir/x.js`, `https://host/x.js`.
// Not for looking whether anything is there (controller/bundle). Pure, any thread.
#pragma once

#include <string>

#include "common/base/error.h"

namespace loadctl::bundle {

/// The URL an import names by its text alone, seen from the file that imports: `./x.js` from
/// `file:///d/main.js` is `file:///d/x.js`. Relative names of an https file stay on its host.
/// Fails (kScript) with k6's texts: for bare names, and schemes other than file and https.
[[nodiscard]] Result<std::string> ResolveUrl(const std::string& specifier,
                                             const std::string& referrer);

}  // namespace loadctl::bundle
