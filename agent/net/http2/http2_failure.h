// What goes wrong in HTTP/2, in k6's numbers and words (1610 to 1664).
// Plain functions: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/net/socket/failure.h"

namespace loadctl::net {

/// `PROTOCOL_ERROR`; Go's words for a code that RFC 9113 does not have.
[[nodiscard]] std::string Http2CodeName(std::uint32_t code);
/// A stream was reset: `http2: stream error with http2 ErrCode INTERNAL_ERROR`, 1630 and up.
[[nodiscard]] Failure Http2StreamFailure(std::int32_t stream, std::uint32_t code, bool by_peer);
/// The peer broke the protocol: `http2: connection error with http2 ErrCode ...`, 1650 and up.
[[nodiscard]] Failure Http2ConnectionFailure(std::uint32_t code);
/// The server went away in the middle of an answer, 1610 and up.
[[nodiscard]] Failure Http2GoAwayFailure(std::int32_t last_stream, std::uint32_t code,
                                         std::string_view debug);

}  // namespace loadctl::net
