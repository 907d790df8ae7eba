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
  if (!Read(allowed, fence.allowed_, wrong) || !Read(denied, fence.denied_, wrong))
    return std::nullopt;
  return fence;
}

bool Fence::Read(std::string_view text, List& to, std::string& wrong) {
  constexpr std::string_view kSocket = "unix:";
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const std::string_view item = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const bool socket = item.starts_with(kSocket);
    const std::string_view path = socket ? item.substr(kSocket.size()) : "";
    auto network = socket ? std::nullopt : Network::Parse(item);
    if (network) {
      to.networks.push_back(std::move(*network));
    } else if (socket && (path.empty() || IsSocketPath(path))) {
      to.sockets.emplace_back(path);
    } else {
      wrong = item;
      return false;
    }
  }
  return true;
}

bool Fence::Holds(const List& list, std::string_view path) {
  return std::any_of(list.sockets.begin(), list.sockets.end(),
                     [&](const std::string& one) { return one.empty() || one == path; });
}

std::string Fence::WhyClosed(const IpAddress& address) const {
  if (Any(allowed_.networks, address)) return "";
  for (const Network& network : denied_.networks) {
    if (network.Contains(address))
      return "IP (" + address.ToString() + ") is in a range that this agent denies (" +
             network.text + ")";
  }
  if (allowed_.empty() || !denied_.empty()) return "";
  return "IP (" + address.ToString() + ") is in no range that this agent allows";
}

std::string Fence::WhyClosed(std::string_view path) const {
  if (Holds(allowed_, path)) return "";
  const std::string socket = "Unix socket (" + std::string(path) + ")";
  if (Holds(denied_, path)) return socket + " is one that this agent denies";
  if (allowed_.empty() || !denied_.empty()) return "";
  return socket + " is none that this agent allows";
}

void SetFence(Fence fence) { TheFence() = std::move(fence); }
const Fence& ProcessFence() { return TheFence(); }

}  // namespace loadctl::net
