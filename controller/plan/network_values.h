// Values that name hosts, addresses and TLS parameters, in k6's words.
// Not for what is done with them (agent/net). Pure functions: any thread.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/plan/options.h"
#include "controller/plan/json_types.h"

namespace loadctl::plan {

/// `10.0.0.5/8` as the range it stands for, `10.0.0.0/8`. Fails with Go's `invalid CIDR address:
/// x`.
[[nodiscard]] Result<std::string> ParseIpRange(std::string_view text);

/// Fails with `invalid hostname pattern 'x'` unless it is a name, `*` or `*.name`.
[[nodiscard]] Result<void> CheckHostPattern(std::string_view text);

/// Checks addresses, ranges of addresses and CIDRs between commas. Fails with k6's texts.
[[nodiscard]] Result<void> CheckIpPool(std::string_view text);

/// Reads an object of `IP` or `IP:port` by pattern, which may have a port. Fails (kInvalidConfig).
[[nodiscard]] Result<Hosts> ReadHosts(const JsonPlace& place, const boost::json::value& value);

/// Fail (kInvalidConfig) with k6's `unknown TLS version 'x'`, `unknown cipher suite 'x'`.
[[nodiscard]] Result<TlsVersions> ReadTlsVersions(const JsonPlace& place,
                                                  const boost::json::value& value);
[[nodiscard]] Result<void> CheckCipherSuite(std::string_view name);

/// Reads a list of certificates with their keys. Fails (kInvalidConfig).
[[nodiscard]] Result<std::vector<TlsCertificate>> ReadTlsAuth(const JsonPlace& place,
                                                              const boost::json::value& value);

}  // namespace loadctl::plan
