// Takes gzip, deflate, br and zstd off a response body.
// Not for request bodies. Plain functions: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/net/socket/failure.h"

namespace loadctl::net {

/// Decodes `body` in place, right to left through `content_encoding` (`gzip, br`); unknown codings
/// are left alone, as in k6. A failure is k6's: 1701 `error decompressing response body (gzip:
/// invalid header)`, or 1000 `unexpected EOF` for a stream that was cut; `body` then holds what was
/// decoded. A result over `max_bytes` is BodyTooLarge(), with no body. `deflate` is the zlib
/// format.
[[nodiscard]] std::optional<Failure> DecodeContent(std::string_view content_encoding,
                                                   std::uint64_t max_bytes, std::string& body);

/// The failure (code 1000) of a body larger than `max_bytes` (encoded or decoded).
[[nodiscard]] Failure BodyTooLarge(std::uint64_t max_bytes);

}  // namespace loadctl::net
