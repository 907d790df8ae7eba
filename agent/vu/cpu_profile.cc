#include "agent/vu/cpu_profile.h"

#include "agent/js/cpu_profile.h"
#include "agent/vu/vu_js.h"

namespace loadctl::vu {

std::shared_ptr<js::CpuProfile> BeginCpuProfile(Vu& vu) {
  return std::make_shared<js::CpuProfile>(vu.js().isolate);
}

std::string EndCpuProfile(Vu& vu, js::CpuProfile& profile) { return profile.Take(*vu.js().realm); }

}  // namespace loadctl::vu
