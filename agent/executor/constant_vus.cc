#include "agent/executor/kinds.h"
#include "common/base/time.h"

namespace loadctl::executor {
namespace {

/// Each VU starts iterations until the scenario's duration is over.
class ConstantVusExecutor final : public Executor {
 public:
  ConstantVusExecutor(TimePoint start, std::chrono::nanoseconds duration)
      : start_(start), duration_(duration) {}

  bool Next(const Turn&, TimePoint now) override { return now < Later(start_, duration_); }
  std::int64_t DroppedBy(const Turn&) const override { return 0; }
  std::int64_t DroppedByAll() const override { return 0; }
  double Progress(TimePoint now) const override { return Elapsed(start_, duration_, now); }

 private:
  const TimePoint start_;
  const std::chrono::nanoseconds duration_;
};

}  // namespace

std::unique_ptr<Executor> Make(const plan::ConstantVus&, const plan::Scenario& scenario,
                               const plan::ExecutionTuple&, TimePoint start) {
  return std::make_unique<ConstantVusExecutor>(start, RegularDuration(scenario));
}

}  // namespace loadctl::executor
