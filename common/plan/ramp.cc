#include "common/plan/ramp.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace loadctl::plan {
namespace {

using std::chrono::nanoseconds;

nanoseconds Add(nanoseconds a, nanoseconds b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a.count(), b.count(), &sum) ? nanoseconds::max() : nanoseconds(sum);
}

/// The part of a stage that moves this agent's VUs.
void AddStage(std::int64_t from, std::int64_t to, nanoseconds begin, nanoseconds length,
              const ExecutionTuple& tuple, std::vector<RampStep>& out) {
  const nanoseconds end = Add(begin, length);
  if (length.count() == 0) {
    out.push_back({end, tuple.Scale(to)});
    return;
  }
  const std::int64_t moves = std::abs(to - from);
  const std::int64_t first = tuple.Scale(from), last = tuple.Scale(to);
  for (std::int64_t local = first; local != last;) {
    // The global move that makes (or unmakes) this agent's next VU.
    const std::int64_t k =
        to > from ? tuple.GlobalNumber(local + 1) - from : from - tuple.GlobalNumber(local) + 1;
    const auto rest =
        static_cast<__int128>(length.count()) * (moves - k) / static_cast<__int128>(moves);
    local += to > from ? 1 : -1;
    out.push_back({end - nanoseconds(static_cast<std::int64_t>(rest)), local});
  }
}

}  // namespace

std::int64_t RampChanges(const RampingVus& config) {
  std::int64_t changes = 0, vus = config.start_vus;
  for (const Stage& stage : config.stages) {
    const std::int64_t target = stage.target.value_or(0);
    if (stage.duration.value_or(nanoseconds(0)).count() > 0 &&
        __builtin_add_overflow(changes, std::abs(target - vus), &changes)) {
      return std::numeric_limits<std::int64_t>::max();
    }
    vus = target;
  }
  return changes;
}

std::vector<RampStep> RampStepsOf(const RampingVus& config, const ExecutionTuple& tuple) {
  std::vector<RampStep> out{{nanoseconds(0), tuple.Scale(config.start_vus)}};
  nanoseconds begin{0};
  std::int64_t vus = config.start_vus;
  for (const Stage& stage : config.stages) {
    const nanoseconds length = stage.duration.value_or(nanoseconds(0));
    const std::int64_t target = stage.target.value_or(0);
    AddStage(vus, target, begin, length, tuple, out);
    begin = Add(begin, length);
    vus = target;
  }
  return out;
}

std::vector<RampStep> ReservedStepsOf(std::span<const RampStep> steps,
                                      nanoseconds graceful_ramp_down, nanoseconds end) {
  // A greatest value over a sliding window: what was needed at any time of the last
  // gracefulRampDown is needed now. `window` holds steps of falling height that may still count.
  std::vector<RampStep> out;
  std::vector<RampStep> window;  // until[i] is when window[i] ceases to count
  std::vector<nanoseconds> until;
  std::size_t first = 0;
  const auto emit = [&](nanoseconds offset, std::int64_t vus) {
    if (offset >= end && vus < (out.empty() ? 0 : out.back().vus)) return;  // cut at the end
    if (!out.empty() && out.back().offset == offset) {
      out.back().vus = vus;
    } else if (out.empty() || out.back().vus != vus) {
      out.push_back({offset, vus});
    }
  };
  const auto expire = [&](nanoseconds now) {
    while (first + 1 < window.size() && until[first] <= now) {
      const nanoseconds at = until[first];
      while (first + 1 < window.size() && until[first] <= at) ++first;
      emit(at, window[first].vus);
    }
  };
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i > 0) until.back() = Add(steps[i].offset, graceful_ramp_down);
    expire(steps[i].offset - nanoseconds(1));
    while (window.size() > first && window.back().vus <= steps[i].vus) {
      window.pop_back();
      until.pop_back();
    }
    window.push_back(steps[i]);
    until.push_back(nanoseconds::max());
    emit(std::max(steps[i].offset, nanoseconds(0)), window[first].vus);
  }
  expire(nanoseconds::max() - nanoseconds(1));
  if (!out.empty() && out.back().vus != 0) out.push_back({end, 0});
  return out;
}

}  // namespace loadctl::plan
