#include "agent/net/socket/address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <charconv>
#include <cstring>

namespace loadctl::net {

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN + 1] = {};
  IpAddress address;
  std::string_view zone;
  if (const auto percent = text.find('%'); percent != std::string_view::npos) {
    zone = text.substr(percent + 1);
    text = text.substr(0, percent);
  }
  if (text.empty() || text.size() >= sizeof buffer) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  if (zone.empty() && inet_pton(AF_INET, buffer, address.bytes.data()) == 1) return address;
  if (inet_pton(AF_INET6, buffer, address.bytes.data()) != 1) return std::nullopt;
  address.family = Family::kV6;
  static constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (zone.empty() && std::memcmp(address.bytes.data(), kMapped, sizeof kMapped) == 0) {
    IpAddress v4;
    std::memcpy(v4.bytes.data(), address.bytes.data() + 12, 4);
    return v4;
  }
  if (!zone.empty()) {
    const char* end = zone.data() + zone.size();
    if (std::from_chars(zone.data(), end, address.scope).ptr != end) {
      address.scope = if_nametoindex(std::string(zone).c_str());
    }
  }
  return address;
}

std::string IpAddress::ToString() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(family == Family::kV4 ? AF_INET : AF_INET6, bytes.data(), buffer, sizeof buffer);
  std::string text = buffer;
  if (scope != 0) text += '%' + std::to_string(scope);
  return text;
}

std::string Endpoint::Host() const { return path.empty() ? address.ToString() : std::string(path); }

std::string Endpoint::ToString() const {
  if (!path.empty()) return std::string(path);
  const std::string text = address.ToString();
  return (address.family == IpAddress::Family::kV6 ? '[' + text + ']' : text) + ':' +
         std::to_string(port);
}

}  // namespace loadctl::net
