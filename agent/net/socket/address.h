// IpAddress and Endpoint: an IP address, and one with a port, or a Unix socket.
// Not names: those are the Resolver's. Plain values: any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace loadctl::net {

/// An IPv4 or IPv6 address, network byte order; an IPv4-mapped IPv6 address is stored as IPv4.
struct IpAddress {
  enum class Family : std::uint8_t { kV4, kV6 };
  Family family = Family::kV4;
  std::array<std::uint8_t, 16> bytes{};  ///< the first 4 for IPv4
  std::uint32_t scope = 0;               ///< IPv6 zone index, 0 for none

  /// Parses `127.0.0.1`, `::1`, `fe80::1%2`; nothing else (no brackets, no names).
  [[nodiscard]] static std::optional<IpAddress> Parse(std::string_view text);
  [[nodiscard]] std::string ToString() const;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

/// Where a connection goes or went.
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  /// Of a Unix socket, in place of both: `/run/app.sock`, or `@name` (unix(7), abstract). Outlives
  /// it: a rule's text.
  std::string_view path{};

  /// `127.0.0.1:80`, `[::1]:80`, `/run/app.sock`.
  [[nodiscard]] std::string ToString() const;
  /// The same without a port.
  [[nodiscard]] std::string Host() const;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// The longest path of a Unix socket that the kernel takes, in bytes.
inline constexpr std::size_t kMaxSocketPath = 107;
/// Whether a text is the path of a Unix socket, as Endpoint has it.
[[nodiscard]] inline bool IsSocketPath(std::string_view text) {
  return text.size() > 1 && text.size() <= kMaxSocketPath && (text[0] == '/' || text[0] == '@') &&
         text.find('\0') == std::string_view::npos;
}

}  // namespace loadctl::net
