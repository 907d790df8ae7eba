#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/vu/clock.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::metrics {
namespace {

using loadctl::metrics::MetricId;
using loadctl::metrics::MetricType;
using loadctl::metrics::ValueType;

bool Throws(vu::Vu& vu) { return vu.program().options.throw_errors; }

// declare(type, name, isTime) → id
Result<std::uint64_t> Declare(vu::Vu& vu, std::uint32_t type, std::string name, bool is_time) {
  if (vu.execution().phase() != vu::Phase::kInit)
    return Fail("metrics must be declared in the init context");
  auto& program = vu.program();
  const std::lock_guard lock(program.metrics_mutex);
  LOADCTL_TRY(const MetricId id,
              program.metrics.Declare(name, static_cast<MetricType>(type),
                                      is_time ? ValueType::kTime : ValueType::kDefault));
  return static_cast<std::uint64_t>(id);
}

// add(id, value, tags)
Result<void> Add(vu::Vu& vu, std::uint32_t id, double value, std::optional<js::Pairs> tags) {
  if (vu.recorder() == nullptr)
    return Fail("Adding to metrics in the init context is not supported");
  vu.recorder()->Add(static_cast<MetricId>(id), value, vu::WallNow(),
                     vu.tags().Now({}, tags ? &*tags : nullptr));
  return {};
}

}  // namespace

Module Describe() {
  const auto number = [](MetricType type) { return static_cast<double>(type); };
  return {faces::kMetrics,
          {
              js::Native<&Throws>("throws"),
              js::Native<&Declare>("declare"),
              js::Native<&Add>("add"),
              js::Constant("COUNTER", number(MetricType::kCounter)),
              js::Constant("GAUGE", number(MetricType::kGauge)),
              js::Constant("RATE", number(MetricType::kRate)),
              js::Constant("TREND", number(MetricType::kTrend)),
          }};
}

}  // namespace loadctl::modules::metrics
