#include <string>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/modules/tags.h"
#include "agent/vu/clock.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::metrics {
namespace {

using loadctl::metrics::MetricId;
using loadctl::metrics::MetricType;
using loadctl::metrics::ValueType;

class Metrics {
 public:
  explicit Metrics(vu::Vu& vu) : vu_(vu) {}

  void GoError(js::Call& call) { call.Throw(call.String(0)); }
  void Throws(js::Call& call) { call.Return(vu_.program().options.throw_errors); }
  void Warn(js::Call& call) { vu_.Log(vu::LogLevel::kWarning, call.String(0)); }

  // declare(type, name, isTime) → id
  void Declare(js::Call& call) {
    if (vu_.phase() != vu::Phase::kInit) {
      call.Throw("metrics must be declared in the init context");
      return;
    }
    auto& program = vu_.program();
    const std::lock_guard lock(program.metrics_mutex);
    auto id = program.metrics.Declare(call.String(1), static_cast<MetricType>(call.Integer(0)),
                                      call.Bool(2) ? ValueType::kTime : ValueType::kDefault);
    if (!id) {
      call.Throw(id.error().message);
      return;
    }
    call.Return(static_cast<double>(*id));
  }

  // add(id, value, tags)
  void Add(js::Call& call) {
    if (vu_.recorder() == nullptr) {
      call.Throw("Adding to metrics in the init context is not supported");
      return;
    }
    const bool tagged = !call.IsNullish(2);
    if (tagged) tags_ = TagsOf(call.Strings(2));
    vu_.recorder()->Add(static_cast<MetricId>(call.Integer(0)), call.Number(1), vu::WallNow(),
                        vu_.Tags({}, tagged ? &tags_ : nullptr));
  }

 private:
  vu::Vu& vu_;
  loadctl::metrics::TagList tags_;
};

}  // namespace

vu::ModuleDef Describe() {
  return {"k6/metrics",
          faces::kMetrics,
          {
              js::Native<&Metrics::GoError>("goError"),
              js::Native<&Metrics::Throws>("throws"),
              js::Native<&Metrics::Warn>("warn"),
              js::Native<&Metrics::Declare>("declare"),
              js::Native<&Metrics::Add>("add"),
          },
          [](vu::Vu& vu) -> std::shared_ptr<void> { return std::make_shared<Metrics>(vu); }};
}

}  // namespace loadctl::modules::metrics
