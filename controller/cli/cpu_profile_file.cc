#include "controller/cli/cpu_profile_file.h"

namespace loadctl::cli {

std::optional<std::string> CpuProfileFile::Whole() {
  if (whole_) return std::move(text_);
  return std::nullopt;
}

void CpuProfileFile::On(const v1::RunEvent& event) {
  if (!wanted_) return;
  if (event.has_cpu_profile()) {
    text_ += event.cpu_profile().part();
    whole_ = event.cpu_profile().last();
  }
  file_.On(event);
  if (!event.has_outcome()) return;
  problem_ = file_.problem();
  // A run that was none has no VU.
  if (!whole_ && event.outcome().has_summary()) problem_ = "the first agent sent none";
}

}  // namespace loadctl::cli
