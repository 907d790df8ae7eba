// Who a certificate of `loadctl certs` says its owner is: a role, a name, and what a client may do.
// Not for trust in the certificate itself: TLS has checked that. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::daemon {

enum class Role { kController, kAgent, kClient };

/// `controller`, `agent`, `client`.
[[nodiscard]] std::string_view RoleName(Role role);

/// What a client may do beyond stopping the runs that it began.
struct Rights {
  bool run = false;       ///< begin runs
  bool watch = false;     ///< follow runs of others
  bool stop_any = false;  ///< stop runs of others
  bool operator==(const Rights&) const = default;
};

/// Reads `run,watch,stop-any`, or `none`. Fails (kGeneric) naming the word that is no right.
[[nodiscard]] Result<Rights> ParseRights(std::string_view text);

struct Identity {
  Role role = Role::kClient;
  std::string name;              ///< the subject's common name
  Rights rights;                 ///< of a client
  std::string serial;            ///< in hexadecimal, as `openssl x509 -serial` prints it
  std::int64_t ends_unix_s = 0;  ///< when the certificate expires; 0: there is none
};

/// The URIs among a certificate's alternative names that say so: `loadctl:role:client`,
/// `loadctl:right:run`.
[[nodiscard]] std::string AlternativeNamesOf(Role role, const Rights& rights);

/// Reads a PEM certificate. Fails (kGeneric) in words if it is none, or says of no role or several.
[[nodiscard]] Result<Identity> ReadIdentity(const std::string& pem);

}  // namespace loadctl::daemon
