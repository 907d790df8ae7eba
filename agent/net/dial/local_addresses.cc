#include "agent/net/dial/local_addresses.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace loadctl::net {
namespace {

__extension__ using Number = unsigned __int128;

std::size_t Size(IpAddress::Family family) { return family == IpAddress::Family::kV4 ? 4 : 16; }

Number ToNumber(const IpAddress& address) {
  Number number = 0;
  for (std::size_t i = 0; i < Size(address.family); ++i) number = number << 8 | address.bytes[i];
  return number;
}

IpAddress ToAddress(Number number, IpAddress::Family family) {
  IpAddress address;
  address.family = family;
  for (std::size_t i = Size(family); i-- > 0; number >>= 8)
    address.bytes[i] = static_cast<std::uint8_t>(number & 0xff);
  return address;
}

}  // namespace

const std::optional<IpAddress>& LocalPair::For(const IpAddress& remote) const {
  const bool is_v4 = remote.family == IpAddress::Family::kV4;
  const std::optional<IpAddress>& same = is_v4 ? v4 : v6;
  return same ? same : is_v4 ? v6 : v4;
}

Result<void> LocalAddresses::AddRange(std::string_view text, std::string_view first,
                                      std::string_view last) {
  const auto begin = IpAddress::Parse(first);
  const auto end = IpAddress::Parse(last);
  if (!begin || !end) return loadctl::Fail("wrong IP range format: " + std::string(text));
  if (begin->family != end->family)
    return loadctl::Fail("mixed IP range format: " + std::string(text));
  if (ToNumber(*begin) > ToNumber(*end))
    return loadctl::Fail("negative IP range: " + std::string(text));
  auto& blocks = begin->family == IpAddress::Family::kV4 ? v4_ : v6_;
  blocks.push_back({ToNumber(*begin), ToNumber(*end) - ToNumber(*begin) + 1});
  return {};
}

Result<void> LocalAddresses::AddNetwork(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::Parse(text.substr(0, slash));
  const std::string_view bits = text.substr(slash + 1);
  unsigned prefix = 0;
  const char* end = bits.data() + bits.size();
  const bool number =
      !bits.empty() && std::from_chars(bits.data(), end, prefix).ptr == end && bits[0] != '+';
  const unsigned most = address && address->family == IpAddress::Family::kV4 ? 32 : 128;
  if (!address || !number || prefix > most) {
    const std::string name(text);
    return loadctl::Fail("parseCIDR() failed parsing " + name + ": invalid CIDR address: " + name);
  }
  const unsigned free = most - prefix;
  constexpr unsigned kCountable = 127;  // more addresses than VUs in any case
  const Number count = static_cast<Number>(1) << std::min(free, kCountable);
  const Number mask = free >= 128 ? 0 : ~static_cast<Number>(0) << free;
  Block block{ToNumber(*address) & mask, count};
  const bool is_v4 = address->family == IpAddress::Family::kV4;
  if (is_v4 && count > 2) {
    block.first += 1;
    block.count -= 2;
  }
  (is_v4 ? v4_ : v6_).push_back(block);
  return {};
}

Result<void> LocalAddresses::Add(std::string_view text) {
  if (const auto dash = text.find('-'); dash != std::string_view::npos)
    return AddRange(text, text.substr(0, dash), text.substr(dash + 1));
  if (text.find('/') != std::string_view::npos) return AddNetwork(text);
  if (!IpAddress::Parse(text))
    return loadctl::Fail(std::string(text) + " is not a valid IP, IP range or CIDR");
  return AddRange(text, text, text);
}

Result<LocalAddresses> LocalAddresses::Parse(std::string_view text) {
  LocalAddresses made;
  for (;;) {
    const auto comma = std::min(text.find(','), text.size());
    LOADCTL_CHECK_OK(made.Add(text.substr(0, comma)));
    if (comma == text.size()) return made;
    text.remove_prefix(comma + 1);
  }
}

std::optional<IpAddress> LocalAddresses::Pick(const std::vector<Block>& blocks,
                                              IpAddress::Family family, std::uint64_t index) {
  Number all = 0;
  for (const Block& block : blocks) all += block.count;
  if (all == 0) return std::nullopt;
  Number left = index % all;
  for (const Block& block : blocks) {
    if (left < block.count) return ToAddress(block.first + left, family);
    left -= block.count;
  }
  return std::nullopt;
}

LocalPair LocalAddresses::For(std::uint64_t index) const {
  return {Pick(v4_, IpAddress::Family::kV4, index), Pick(v6_, IpAddress::Family::kV6, index)};
}

}  // namespace loadctl::net
