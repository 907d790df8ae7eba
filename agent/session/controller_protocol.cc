#include "agent/session/controller_protocol.h"

#include <utility>

#include "common/plan/scenario.h"
#include "common/secrets/keeper.h"

namespace loadctl::session {
namespace {

constexpr char kEarly[] = "it asks for something before the VUs are ready";
constexpr char kTwice[] = "it asks for something twice";
constexpr char kInstant[] = "it names an instant more than a day away";

bool IsNear(std::int64_t steady_ns, ControllerProtocol::TimePoint now) {
  const auto farthest = std::chrono::nanoseconds(ControllerProtocol::kFarthest).count();
  const std::int64_t at = now.time_since_epoch().count();
  return steady_ns >= at - farthest && steady_ns <= at + farthest;
}

}  // namespace

std::string ControllerProtocol::WhyWrong(const v1::ToAgent& message, TimePoint now) {
  const auto once = [this](bool& said) -> std::string {
    if (!ready_) return kEarly;
    return std::exchange(said, true) ? kTwice : "";
  };
  const auto at = [&](std::int64_t steady_ns) -> std::string {
    if (!begun_) return kEarly;
    return IsNear(steady_ns, now) ? "" : kInstant;
  };
  switch (message.body_case()) {
    case v1::ToAgent::kPrepare:
      return std::exchange(prepared_, true) ? kTwice : "";
    case v1::ToAgent::kBundleChunk:
      return JudgeChunk(message.bundle_chunk());
    case v1::ToAgent::kBegin: {
      std::string why = once(begun_);
      return why.empty() ? at(message.begin().agent_ns()) : why;
    }
    case v1::ToAgent::kStart: {
      std::string why = once(started_);
      return why.empty() ? at(message.start().agent_ns()) : why;
    }
    case v1::ToAgent::kPause:
      return at(message.pause().agent_ns());
    case v1::ToAgent::kResume:
      return at(message.resume().agent_ns());
    case v1::ToAgent::kScale:
      return ready_ ? JudgeScale(message.scale()) : kEarly;
    case v1::ToAgent::kCall:
      if (!ready_) return kEarly;
      return message.call().timeout_ns() < 0 ? "it gives a function less than no time" : "";
    case v1::ToAgent::kSecretGiven:
      return message.secret_given().value().size() > secrets::kMostValueBytes
                 ? "it gives a secret that is too long"
                 : "";
    case v1::ToAgent::kFlush:
      return once(flushed_);
    default:
      return "";  // Stop and Finish at any time; the rest is the link's
  }
}

std::string ControllerProtocol::JudgeChunk(const v1::BundleChunk& chunk) {
  if (!wanted_) return "it sends a bundle that nobody wants";
  if (chunk.data().size() > kMostBytes - bytes_) return "its bundle is too large";
  bytes_ += chunk.data().size();
  if (chunk.last()) wanted_ = false;
  return "";
}

std::string ControllerProtocol::JudgeScale(const v1::Scale& scale) {
  const bool sound =
      0 <= scale.vus() && scale.vus() <= scale.max_vus() && scale.max_vus() <= plan::kMaxVus;
  return sound ? "" : "it asks for an impossible number of VUs";
}

}  // namespace loadctl::session
