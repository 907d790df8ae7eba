// Whatever deltas agents send, in whatever order: the totals are sums of what was accepted.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/metrics/delta.h"
#include "controller/aggregate/aggregate.h"

namespace {

using namespace loadctl;

void CheckTrend(const metrics::TrendSink& trend) {
  if (trend.empty()) return;
  LOADCTL_CHECK(trend.min() <= trend.max(), "min above max");
  for (const double percent : {0.0, 50.0, 95.0, 100.0}) {
    const double value = trend.Percentile(percent);
    LOADCTL_CHECK(trend.min() <= value && value <= trend.max(), "a percentile outside");
  }
}

}  // namespace

// A byte for the agent (its lowest bits) and whether it is lost after (the highest), two bytes of
// size, a delta; over and over.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int kAgents = 3;
  aggregate::Totals totals;
  aggregate::Aggregate aggregate(kAgents, [&](const metrics::Delta& second) {
    const auto arrived = metrics::DecodeDelta(metrics::EncodeDelta(second));
    if (arrived) totals.Add(*arrived);  // absurd counts of agents have absurd sums
  });
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::uint64_t accepted = 0;
  while (rest.size() >= 3) {
    const auto head = static_cast<std::uint8_t>(rest[0]);
    const std::size_t length = static_cast<std::uint8_t>(rest[1]) |
                               static_cast<std::size_t>(static_cast<std::uint8_t>(rest[2])) << 8;
    const std::string_view bytes = rest.substr(3, length);
    rest.remove_prefix(3 + bytes.size());
    auto delta = metrics::DecodeDelta(bytes);
    if (!delta) continue;
    delta->agent = head % 4;  // 0 is nobody
    if (aggregate.Add(std::move(*delta)) == aggregate::Acceptance::kAccepted) ++accepted;
    if ((head & 128) != 0) aggregate.MarkLost(head % 4);
  }
  aggregate.Finish();
  std::uint64_t merged = 0;
  for (int agent = 1; agent <= kAgents; ++agent) {
    const auto& deltas = aggregate.agent(agent);
    LOADCTL_CHECK(deltas.merged == deltas.delivered, "a delta that was accepted is not merged");
    merged += deltas.merged;
  }
  LOADCTL_CHECK(merged == accepted, "merged another number than was accepted");
  for (const auto& [key, series] : totals.series) {
    if (const auto* trend = std::get_if<metrics::TrendSink>(&series.sink)) CheckTrend(*trend);
    if (const auto* rate = std::get_if<metrics::RateSink>(&series.sink))
      LOADCTL_CHECK(rate->rate() >= 0 && rate->rate() <= 1, "a rate outside 0..1");
  }
  return 0;
}
