#include <algorithm>
#include <atomic>

#include "agent/executor/kinds.h"
#include "common/base/time.h"

namespace loadctl::executor {
namespace {

/// Each VU runs its number of iterations, unless the longest duration ends it before.
class PerVuIterationsExecutor final : public Executor {
 public:
  PerVuIterationsExecutor(TimePoint start, std::chrono::nanoseconds longest, std::int64_t vus,
                          std::int64_t iterations)
      : start_(start), longest_(longest), vus_(vus), iterations_(iterations) {}

  bool Next(const Turn& turn, TimePoint now) override {
    if (turn.started >= iterations_ || now >= Later(start_, longest_)) return false;
    started_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  std::int64_t DroppedBy(const Turn& turn) const override {
    return std::max<std::int64_t>(iterations_ - turn.started, 0);
  }
  std::int64_t DroppedByAll() const override { return 0; }
  double Progress(TimePoint) const override {
    const double all = static_cast<double>(vus_) * static_cast<double>(iterations_);
    return all <= 0 ? 1 : static_cast<double>(started_.load(std::memory_order_relaxed)) / all;
  }

 private:
  const TimePoint start_;
  const std::chrono::nanoseconds longest_;
  const std::int64_t vus_, iterations_;
  std::atomic<std::int64_t> started_{0};
};

}  // namespace

std::unique_ptr<Executor> Make(const plan::PerVuIterations&, const plan::Scenario& scenario,
                               const plan::ExecutionTuple& tuple, TimePoint start) {
  return std::make_unique<PerVuIterationsExecutor>(start, RegularDuration(scenario),
                                                   VusOf(scenario, tuple),
                                                   IterationsOf(scenario, tuple).value_or(0));
}

}  // namespace loadctl::executor
