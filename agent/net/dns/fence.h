// Where this process may connect to, by its operator: above whatever a script asks for.
// Not for a script's own rules (RuledResolver). Set before the first thread, read by any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/socket/address.h"

namespace loadctl::net {

/// A range of addresses: `10.0.0.0/8`, `fe80::/10`, or one address.
struct Network {
  IpAddress address;
  int prefix = 0;    ///< bits
  std::string text;  ///< as the user wrote it

  /// nullopt if the text is no range.
  [[nodiscard]] static std::optional<Network> Parse(std::string_view text);
  [[nodiscard]] bool Contains(const IpAddress& other) const;
};

class Fence final {
 public:
  /// Ranges separated by commas, and Unix sockets: `unix:/path`, or `unix:` for all. What is in an
  /// allowed one may be reached, whatever else; of the rest nothing in a denied one, and nothing at
  /// all where some are allowed but none denied. nullopt, and the text that is neither in `wrong`.
  [[nodiscard]] static std::optional<Fence> Parse(std::string_view allowed, std::string_view denied,
                                                  std::string& wrong);

  /// Why the address may not be reached, in words; empty if it may.
  [[nodiscard]] std::string WhyClosed(const IpAddress& address) const;
  /// The same of a Unix socket, by its path.
  [[nodiscard]] std::string WhyClosed(std::string_view path) const;

 private:
  struct List {
    std::vector<Network> networks;
    std::vector<std::string> sockets;  ///< paths; an empty one stands for all
    [[nodiscard]] bool empty() const { return networks.empty() && sockets.empty(); }
  };
  static bool Read(std::string_view text, List& to, std::string& wrong);
  static bool Holds(const List& list, std::string_view path);

  List allowed_, denied_;
};

/// The process's; open until it is set.
void SetFence(Fence fence);
[[nodiscard]] const Fence& ProcessFence();

}  // namespace loadctl::net
