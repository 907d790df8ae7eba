// Any bytes as what kubectl prints of pods and events: no crash.
#include <cstdint>
#include <string_view>

#include "controller/cli/kube_state.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::cli;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto state = ReadKubePods(text);
  const auto events = ReadKubeEvents(text, "a");
  return state && state->agents > state->agent_pods && !events ? -1 : 0;
}
