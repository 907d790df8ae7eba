#include <algorithm>
#include <atomic>

#include "agent/executor/kinds.h"
#include "common/base/time.h"

namespace loadctl::executor {
namespace {

/// The agent's VUs draw its share of the iterations from one counter.
class SharedIterationsExecutor final : public Executor {
 public:
  SharedIterationsExecutor(TimePoint start, std::chrono::nanoseconds longest,
                           std::int64_t iterations)
      : start_(start), longest_(longest), iterations_(iterations) {}

  bool Next(const Turn&, TimePoint now) override {
    if (now >= Later(start_, longest_)) return false;
    // May pass the total by as many as there are VUs, which nobody sees.
    return drawn_.fetch_add(1, std::memory_order_relaxed) < iterations_;
  }
  std::int64_t DroppedBy(const Turn&) const override { return 0; }
  std::int64_t DroppedByAll() const override {
    return std::max<std::int64_t>(iterations_ - drawn_.load(), 0);
  }
  double Progress(TimePoint) const override {
    if (iterations_ <= 0) return 1;
    return std::min(1.0, static_cast<double>(drawn_.load(std::memory_order_relaxed)) /
                             static_cast<double>(iterations_));
  }

 private:
  const TimePoint start_;
  const std::chrono::nanoseconds longest_;
  const std::int64_t iterations_;
  std::atomic<std::int64_t> drawn_{0};
};

}  // namespace

std::unique_ptr<Executor> Make(const plan::SharedIterations&, const plan::Scenario& scenario,
                               const plan::ExecutionTuple& tuple, TimePoint start) {
  return std::make_unique<SharedIterationsExecutor>(start, RegularDuration(scenario),
                                                    IterationsOf(scenario, tuple).value_or(0));
}

}  // namespace loadctl::executor
