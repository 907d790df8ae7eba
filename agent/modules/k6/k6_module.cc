#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/vu/clock.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::k6 {
namespace {

/// Places in the numbers shared with the face.
enum State : std::size_t { kGeneration, kInGroup, kStateSize };

class K6 {
 public:
  explicit K6(vu::Vu& vu) : vu_(vu) {
    vu_.hooks().OnBegin([this] {
      if (state_.memory == nullptr) return;
      // Another than the one before, and never 0 again.
      std::int32_t& generation = state_.memory[kGeneration];
      generation = generation == std::numeric_limits<std::int32_t>::max() ? 1 : generation + 1;
      state_.memory[kInGroup] = vu_.tags().group().empty() ? 0 : 1;
    });
  }

  void ShareState(js::Integers<kStateSize> state) { state_ = state; }
  const std::string& CurrentGroup() { return vu_.tags().group(); }

  // A summary lists checks by their tags.
  std::uint64_t CheckId(std::string name) {
    const std::string& group = vu_.tags().place().group ? vu_.tags().group() : root_;
    return static_cast<std::uint64_t>(vu_.recorder()->Check(group, name));
  }

  // recordCheck(id, passed, tags)
  void RecordCheck(std::uint32_t number, bool passed, std::optional<js::Pairs> tags) {
    auto& recorder = *vu_.recorder();
    const auto id = static_cast<loadctl::metrics::CheckId>(number);
    const bool named = vu_.tags().place().check;
    if (named) recorder.Count(id, passed);
    const loadctl::metrics::SystemTag check[] = {{"check", recorder.NameOf(id)}};
    // Only outputs see when it was.
    const std::int64_t time = recorder.raw() != nullptr ? vu::WallNow() : vu::WallRoughly();
    recorder.Add(loadctl::metrics::Builtin::kChecks, passed ? 1 : 0, time,
                 vu_.tags().Now(std::span(check, named ? 1 : 0), tags ? &*tags : nullptr));
  }

  // enterGroup(path) → when it began, in ms
  double EnterGroup(std::string path) {
    vu_.tags().SetGroup(std::move(path));
    if (vu_.tags().place().group) vu_.recorder()->UseGroup(vu_.tags().group());
    return static_cast<double>(vu::SteadyNow()) / 1e6;
  }

  // leaveGroup(outer path, when it began)
  void LeaveGroup(std::string outer, double began) {
    vu_.recorder()->Add(loadctl::metrics::Builtin::kGroupDuration,
                        static_cast<double>(vu::SteadyNow()) / 1e6 - began, vu::WallNow(),
                        vu_.tags().Now({}, nullptr));
    vu_.tags().SetGroup(std::move(outer));
  }

  void SleepFor(double seconds) {
    // Go's time.Duration ends at 292 years; so long a sleep ends with its VU.
    vu_.SleepUntil(
        std::chrono::steady_clock::now() +
        std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(seconds, 9e9) * 1e9)));
  }

 private:
  vu::Vu& vu_;
  js::Integers<kStateSize> state_;
  const std::string root_;
};

}  // namespace

Module Describe() {
  return {faces::kK6,
          {
              js::Native<&K6::CheckId>("checkId"),
              js::Native<&K6::RecordCheck>("recordCheck"),
              js::Native<&K6::EnterGroup>("enterGroup"),
              js::Native<&K6::LeaveGroup>("leaveGroup"),
              js::Native<&K6::CurrentGroup>("currentGroup"),
              js::Native<&K6::ShareState>("shareState"),
              js::Native<&K6::SleepFor>("sleepFor"),
              js::Constant("GENERATION", kGeneration),
              js::Constant("IN_GROUP", kInGroup),
              js::Constant("STATE_SIZE", kStateSize),
          }};
}

}  // namespace loadctl::modules::k6
