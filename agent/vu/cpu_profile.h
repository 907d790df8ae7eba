// Samples one VU's script. On its fiber, on its worker.
// Not for what becomes of the profile (agent/session).
#pragma once

#include <memory>
#include <string>

namespace loadctl::js {
class CpuProfile;
}

namespace loadctl::vu {

class Vu;

/// Begins, for all that the VU runs from now on.
[[nodiscard]] std::shared_ptr<js::CpuProfile> BeginCpuProfile(Vu& vu);
/// Ends it: its JSON (js/cpu_profile.h).
[[nodiscard]] std::string EndCpuProfile(Vu& vu, js::CpuProfile& profile);

}  // namespace loadctl::vu
