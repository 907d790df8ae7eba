// LocalAddresses: the addresses from which VUs dial (k6's `localIPs`).
// Not which addresses this machine has: what it lacks shows when it is dialled from. Plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/net/socket/address.h"
#include "common/base/error.h"

namespace loadctl::net {

/// The addresses of one VU, one of each family that the pool has.
struct LocalPair {
  std::optional<IpAddress> v4;
  std::optional<IpAddress> v6;

  /// The one to dial `remote` from: of its family, else the other, with which dialling fails.
  [[nodiscard]] const std::optional<IpAddress>& For(const IpAddress& remote) const;
};

class LocalAddresses final {
 public:
  /// Reads `192.168.0.1,192.168.0.10-192.168.0.25,10.0.0.0/24,fd:1::0/120` by k6's rules: a network
  /// of IPv4 with more than two addresses leaves out its first and last. Fails with k6's texts.
  [[nodiscard]] static Result<LocalAddresses> Parse(std::string_view text);

  /// Those of the VU `index`, from 0: one after the other through the pool, each family for itself.
  [[nodiscard]] LocalPair For(std::uint64_t index) const;

 private:
  __extension__ using Number = unsigned __int128;
  struct Block {
    Number first = 0;
    Number count = 0;
  };
  std::vector<Block> v4_;
  std::vector<Block> v6_;

  static std::optional<IpAddress> Pick(const std::vector<Block>& blocks, IpAddress::Family family,
                                       std::uint64_t index);
  Result<void> Add(std::string_view text);
  Result<void> AddRange(std::string_view text, std::string_view first, std::string_view last);
  Result<void> AddNetwork(std::string_view text);
};

}  // namespace loadctl::net
