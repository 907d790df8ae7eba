// Unix sockets of other programs by name: a path, or an abstract name (`@NAME`). Any thread.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <optional>
#include <string>
#include <string_view>

namespace loadctl::daemon {

struct LocalAddress {
  sockaddr_un address{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }

  /// None if the name is neither, or too long.
  static std::optional<LocalAddress> Of(const std::string& name);
};

/// Whether to wait where the other side's queue is full.
enum class Patience { kWaits, kNone };

/// Sends one datagram. False if it did not go.
bool SendTo(const std::string& name, std::string_view datagram, Patience patience);

}  // namespace loadctl::daemon
