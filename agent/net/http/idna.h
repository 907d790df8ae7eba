// International host names in the form they have on the wire (RFC 5891, UTS 46).
// Not for names in ASCII: those stay as written. Plain function: any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::net {

/// True if there is a byte beyond ASCII.
[[nodiscard]] bool IsInternational(std::string_view host);

/// `BÜCHER.test` → `xn--bcher-kva.test`, as Go's idna.Lookup: mapped, normalized, checked. `host`
/// is UTF-8 without a port. Fails if it is no host name.
[[nodiscard]] Result<std::string> ToAscii(std::string_view host);

}  // namespace loadctl::net
