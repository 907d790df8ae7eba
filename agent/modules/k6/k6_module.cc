#include <chrono>
#include <cmath>
#include <string>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/modules/tags.h"
#include "agent/vu/clock.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::k6 {
namespace {

class K6 {
 public:
  explicit K6(vu::Vu& vu) : vu_(vu) {
    vu_.OnBegin([this] {
      if (state_ == nullptr) return;
      ++state_[0];
      state_[1] = vu_.group().empty() ? 0 : 1;
    });
  }

  void ShareState(js::Call& call) { state_ = call.SharedNumbers(0, 2); }
  void CurrentGroup(js::Call& call) { call.Return(vu_.group()); }

  void GoError(js::Call& call) { call.Throw(call.String(0)); }

  void CheckId(js::Call& call) {
    call.Return(static_cast<double>(vu_.recorder()->Check(vu_.group(), call.String(0))));
  }

  // recordCheck(id, passed, tags)
  void RecordCheck(js::Call& call) {
    auto& recorder = *vu_.recorder();
    const auto id = static_cast<loadctl::metrics::CheckId>(call.Integer(0));
    const bool passed = call.Bool(1);
    const bool tagged = !call.IsNullish(2);
    if (tagged) call_tags_ = TagsOf(call.Strings(2));
    recorder.Count(id, passed);
    const loadctl::metrics::SystemTag system[] = {{"check", recorder.NameOf(id)}};
    recorder.Add(loadctl::metrics::Builtin::kChecks, passed ? 1 : 0, vu::WallRoughly(),
                 vu_.Tags(system, tagged ? &call_tags_ : nullptr));
  }

  void EnterGroup(js::Call& call) {
    vu_.SetGroup(call.String(0));
    vu_.recorder()->UseGroup(vu_.group());
    call.Return(static_cast<double>(vu::SteadyNow()) / 1e6);
  }

  void LeaveGroup(js::Call& call) {
    const double duration = static_cast<double>(vu::SteadyNow()) / 1e6 - call.Number(1);
    vu_.recorder()->Add(loadctl::metrics::Builtin::kGroupDuration, duration, vu::WallNow(),
                        vu_.Tags({}, nullptr));
    vu_.SetGroup(call.String(0));
  }

  void SleepFor(js::Call& call) {
    // Go's time.Duration ends at 292 years; so long a sleep ends with its VU.
    const double seconds = std::min(call.Number(0), 9e9);
    vu_.SleepUntil(std::chrono::steady_clock::now() +
                   std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
  }

 private:
  vu::Vu& vu_;
  loadctl::metrics::TagList call_tags_;
  double* state_ = nullptr;
};

}  // namespace

vu::ModuleDef Describe() {
  return {"k6",
          faces::kK6,
          {
              js::Native<&K6::GoError>("goError"),
              js::Native<&K6::CheckId>("checkId"),
              js::Native<&K6::RecordCheck>("recordCheck"),
              js::Native<&K6::EnterGroup>("enterGroup"),
              js::Native<&K6::LeaveGroup>("leaveGroup"),
              js::Native<&K6::CurrentGroup>("currentGroup"),
              js::Native<&K6::ShareState>("shareState"),
              js::Native<&K6::SleepFor>("sleepFor"),
          },
          [](vu::Vu& vu) -> std::shared_ptr<void> { return std::make_shared<K6>(vu); }};
}

}  // namespace loadctl::modules::k6
