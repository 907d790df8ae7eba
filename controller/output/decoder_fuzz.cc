// Any bytes as the chunks of some agents: no crash, and no more samples than bytes.
#include <cstdint>
#include <cstdlib>

#include "controller/output/decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::output;
  const loadctl::metrics::MetricSet set;
  const loadctl::plan::Options options;
  Decoder decoder(set, options, *Selection::Make(options, set),
                  [](Severity, const std::string&, const Fields&) {});
  std::size_t samples = 0;
  decoder.Start(
      [&](const std::shared_ptr<const Batch>& batch) { samples += batch->samples.size(); });
  // The first byte of each chunk is its agent, the second its length.
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (rest.size() > 2) {
    const int agent = static_cast<unsigned char>(rest[0]) % 4;
    const std::size_t length = static_cast<unsigned char>(rest[1]);
    rest.remove_prefix(2);
    decoder.Take(agent, std::string(rest.substr(0, length)));
    rest.remove_prefix(std::min(length, rest.size()));
  }
  decoder.Stop();
  if (samples > size) std::abort();
  return 0;
}
