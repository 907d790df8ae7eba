// Puts gzip, deflate, br and zstd on a request body.
// Not for responses (content_decoder.h). Plain functions: any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::net {

/// Codes `body` by each of `codings` (`gzip, br`) in turn, as k6's `compression`, and returns what
/// Content-Encoding says of it. `deflate` is the zlib format. Fails on a name that is none of them:
/// `unknown compression algorithm x, supported algorithms are [gzip deflate zstd br]`.
[[nodiscard]] Result<std::string> EncodeContent(std::string_view codings, std::string& body);

}  // namespace loadctl::net
