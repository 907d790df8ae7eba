// What a server says of its certificate's revocation (OCSP stapling, RFC 6960 and 6066).
// Not a check: k6 shows it and goes on. Plain values: any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace loadctl::net {

/// In k6's words; times in seconds since 1970. A time that is absent is Go's zero.
struct OcspStatus {
  static constexpr std::int64_t kAbsent = -62'135'596'800;
  std::string_view status = "unknown";  ///< `good`, `revoked`, `unknown`; static, as the next
  std::string_view reason;              ///< `unspecified`, `key_compromise`, ...
  std::int64_t produced_at = kAbsent;
  std::int64_t this_update = kAbsent;
  std::int64_t next_update = kAbsent;
  std::int64_t revoked_at = kAbsent;
};

/// Reads a response of one certificate (DER); null if it is none, or says that it failed.
[[nodiscard]] std::shared_ptr<const OcspStatus> ReadOcsp(std::string_view der);

}  // namespace loadctl::net
