// The reason phrases that Go's client gives statuses which came without one (HTTP/2).
#pragma once

#include <string_view>

namespace loadctl::net {

/// `Not Found`; empty for a status without a name. IANA's registry as Go has it.
[[nodiscard]] std::string_view StatusText(int status);

}  // namespace loadctl::net
