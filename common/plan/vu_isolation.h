// How the scripts of an agent's VUs are kept apart: --vu-isolation. A plain value, any thread.
#pragma once

#include <cstdint>

namespace loadctl::plan {

/// The numbers are those of the wire.
enum class VuIsolation : std::uint8_t {
  kContext = 0,      ///< each VU has a JavaScript context of its own
  kCompartment = 1,  ///< the VUs of an isolate share one, unless the script needs its own
};

}  // namespace loadctl::plan
