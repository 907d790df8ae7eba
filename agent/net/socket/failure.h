// What went wrong with an exchange, in k6's numbers and words.
// Not an Error (common/base/error.h): what a target does wrong is a measured result.
// Plain values: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace loadctl::net {

/// How an exchange ended. Closed.
enum class Outcome : std::uint8_t {
  kResponse,        ///< a complete response, whatever its status
  kTransportError,  ///< the target refused, reset, lied about a length, failed TLS, has no name...
  kTimeout,         ///< the deadline of the request passed, or the dial's own 30 s
  kCancelled,       ///< the VU was interrupted; k6 logs nothing and counts the request as failed
  kGeneratorError,  ///< out of descriptors, ports, memory, or over a limit of ours: not the target
};

/// k6's `error_code` values this engine sets; k6-surface.md, "Error codes".
namespace code {
inline constexpr int kDefault = 1000;
inline constexpr int kNonTcp = 1010;
inline constexpr int kInvalidUrl = 1020;
inline constexpr int kRequestTimeout = 1050;
inline constexpr int kDns = 1100;
inline constexpr int kNoSuchHost = 1101;
inline constexpr int kBlacklistedIp = 1110;
inline constexpr int kBlockedHostname = 1111;
inline constexpr int kTcp = 1200;
inline constexpr int kBrokenPipe = 1201;
inline constexpr int kUnknownErrno = 1202;
inline constexpr int kDial = 1210;
inline constexpr int kDialTimeout = 1211;
inline constexpr int kDialRefused = 1212;
inline constexpr int kDialUnknownErrno = 1213;
inline constexpr int kReset = 1220;
inline constexpr int kTlsHeader = 1301;
inline constexpr int kUnknownAuthority = 1310;
inline constexpr int kHostnameMismatch = 1311;
inline constexpr int kDecompression = 1701;
}  // namespace code

/// One failure: what `response.error_code` and `response.error` show, and what k6 logs.
struct Failure {
  Outcome outcome = Outcome::kTransportError;
  int code = code::kDefault;
  /// `response.error` and the `error` tag: `dial: connection refused`, `unexpected EOF`.
  std::string text;
  /// The inner part of what k6 logs or throws, after `Get "U": `: `dial tcp 127.0.0.1:1: connect:
  /// connection refused`. Empty: the same as `text`.
  std::string detail;
};

/// A Failure of k6's catch-all code 1000 with Go's words.
[[nodiscard]] Failure OtherFailure(std::string text);
/// `unexpected EOF`: the peer closed in the middle of a head or a body.
[[nodiscard]] Failure UnexpectedEof();
/// `EOF`: the peer closed before the first byte of an answer.
[[nodiscard]] Failure PlainEof();
/// 1050 `request timeout`.
[[nodiscard]] Failure RequestTimeout();
/// The VU was interrupted: 1000 `context canceled`.
[[nodiscard]] Failure CancelledFailure();

/// Failure of an established connection. `operation` is `read` or `write`; `local` and `remote` are
/// `ip:port`, or `remote` the path of a Unix socket: then the code is 1010, as k6's of what is not
/// TCP.
[[nodiscard]] Failure SocketFailure(std::string_view operation, int error_number,
                                    std::string_view local, std::string_view remote);

/// Failure to connect to `remote` (`ip:port` or a path). `system_call` is `socket`, `bind` or
/// `connect`. EMFILE, ENFILE, ENOBUFS, ENOMEM and EADDRNOTAVAIL are the generator's
/// (kGeneratorError).
[[nodiscard]] Failure DialFailure(int error_number, std::string_view system_call,
                                  std::string_view remote);
/// 1211 `dial: i/o timeout`.
[[nodiscard]] Failure DialTimeout(std::string_view remote);

/// The peer said in a TLS alert why it ends the connection (k6's 1010 `remote error: tls: ...`).
[[nodiscard]] bool IsAlert(const Failure& failure);

/// Go's words for an errno: `no route to host`.
[[nodiscard]] std::string ErrnoText(int error_number);

/// `text` between double quotes, escaped as Go's %q does; at most `limit` bytes of it.
[[nodiscard]] std::string Quote(std::string_view text, std::size_t limit = 1 << 16);

/// What k6 logs (field `error`) or throws: `Get "http://h/": EOF`; the method as Go spells it.
[[nodiscard]] std::string RequestErrorText(std::string_view method, std::string_view url,
                                           const Failure& failure);

}  // namespace loadctl::net
