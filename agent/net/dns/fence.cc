#include "agent/net/dns/fence.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace loadctl::net {
namespace {

Fence& TheFence() {
  static Fence fence;
  return fence;
}

bool ReadList(std::string_view text, std::vector<Network>& to, std::string& wrong) {
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    auto network = Network::Parse(text.substr(0, comma));
    if (!network) {
      wrong = text.substr(0, comma);
      return false;
    }
    to.push_back(std::move(*network));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return true;
}

bool Any(const std::vector<Network>& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.Contains(address); });
}

}  // namespace

std::optional<Network> Network::Parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::Parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int most = address->family == IpAddress::Family::kV6 ? 128 : 32;
  Network network{*address, most, std::string(text)};
  if (slash == std::string_view::npos) return network;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + slash + 1, end, network.prefix);
  const bool good =
      read.ec == std::errc() && read.ptr == end && network.prefix >= 0 && network.prefix <= most;
  return good ? std::optional(network) : std::nullopt;
}

bool Network::Contains(const IpAddress& other) const {
  if (address.family != other.family) return false;
  int bits = prefix;
  for (std::size_t i = 0; bits > 0; ++i, bits -= 8) {
    const auto mask = static_cast<std::uint8_t>(bits >= 8 ? 0xff : 0xff << (8 - bits));
    if (((address.bytes[i] ^ other.bytes[i]) & mask) != 0) return false;
  }
  return true;
}

std::optional<Fence> Fence::Parse(std::string_view allowed, std::string_view denied,
                                  std::string& wrong) {
  Fence fence;
  if (!ReadList(allowed, fence.allowed_, wrong) || !ReadList(denied, fence.denied_, wrong))
    return std::nullopt;
  return fence;
}

std::string Fence::WhyClosed(const IpAddress& address) const {
  if (Any(allowed_, address)) return "";
  for (const Network& network : denied_) {
    if (network.Contains(address))
      return "IP (" + address.ToString() + ") is in a range that this agent denies (" +
             network.text + ")";
  }
  if (allowed_.empty() || !denied_.empty()) return "";
  return "IP (" + address.ToString() + ") is in no range that this agent allows";
}

void SetFence(Fence fence) { TheFence() = std::move(fence); }
const Fence& ProcessFence() { return TheFence(); }

}  // namespace loadctl::net
