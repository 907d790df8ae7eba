#include "agent/net/http2/http2_failure.h"

#include <array>
#include <cstdio>

namespace loadctl::net {
namespace {

constexpr std::array<std::string_view, 14> kNames = {
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
};

constexpr int kGoAway = 1610;
constexpr int kStream = 1630;
constexpr int kConnection = 1650;

/// k6's code: `base` for a code that is not in the list, else one of those behind it.
int Code(int base, std::uint32_t code) {
  return code < kNames.size() ? base + 1 + static_cast<int>(code) : base;
}

Failure Named(int code, std::string text, std::string detail) {
  return {Outcome::kTransportError, code, std::move(text), std::move(detail)};
}

}  // namespace

std::string Http2CodeName(std::uint32_t code) {
  if (code < kNames.size()) return std::string(kNames[code]);
  char text[40];
  std::snprintf(text, sizeof text, "unknown error code 0x%x", code);
  return text;
}

Failure Http2StreamFailure(std::int32_t stream, std::uint32_t code, bool by_peer) {
  const std::string name = Http2CodeName(code);
  return Named(Code(kStream, code), "http2: stream error with http2 ErrCode " + name,
               "stream error: stream ID " + std::to_string(stream) + "; " + name +
                   (by_peer ? "; received from peer" : ""));
}

Failure Http2ConnectionFailure(std::uint32_t code) {
  const std::string name = Http2CodeName(code);
  return Named(Code(kConnection, code), "http2: connection error with http2 ErrCode " + name,
               "connection error: " + name);
}

Failure Http2GoAwayFailure(std::int32_t last_stream, std::uint32_t code, std::string_view debug) {
  const std::string name = Http2CodeName(code);
  return Named(Code(kGoAway, code), "http2: received GoAway with http2 ErrCode " + name,
               "http2: server sent GOAWAY and closed the connection; LastStreamID=" +
                   std::to_string(last_stream) + ", ErrCode=" + name + ", debug=" + Quote(debug));
}

}  // namespace loadctl::net
