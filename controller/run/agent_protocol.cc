#include "controller/run/agent_protocol.h"

#include <algorithm>

#include "common/secrets/keeper.h"
#include "common/text/json_text.h"
#include "common/wire/assignment.h"
#include "controller/run/planned.h"

namespace loadctl::controller {
namespace {

/// Of all its workers together, in nanoseconds: a hundred of them for a year.
constexpr std::int64_t kLongestSpan = std::int64_t{100} * 366 * 86'400 * 1'000'000'000;

bool InRange(std::int64_t count) { return 0 <= count && count <= AgentProtocol::kMostShown; }

std::string Early(const char* what) { return std::string("it said ") + what + " unasked"; }
std::string Again(const char* what) { return std::string("it said ") + what + " twice"; }

/// What it says once, after it was told something.
std::string Once(bool told, bool& said, const char* what) {
  if (!told) return Early(what);
  if (said) return Again(what);
  said = true;
  return "";
}

}  // namespace

void AgentProtocol::Told(const v1::ToAgent& message) {
  switch (message.body_case()) {
    case v1::ToAgent::kPrepare:
      prepared_ = true;
      samples_ = message.prepare().samples();
      profile_ = message.prepare().cpu_profile();
      debugging_ = message.prepare().has_debugging();
      for (const auto& source : message.prepare().secrets().sources())
        if (source.asked()) asked_sources_.insert(source.names(0));
      return;
    case v1::ToAgent::kSecretGiven:
      secrets_.erase({message.secret_given().source(), message.secret_given().key()});
      return;
    case v1::ToAgent::kBegin:
      begun_ = true;
      return;
    case v1::ToAgent::kCall:
      ++calls_[message.call().function()];
      return;
    case v1::ToAgent::kStart:
      started_ = true;
      return;
    case v1::ToAgent::kPause:
      controls_.insert(message.pause().serial());
      return;
    case v1::ToAgent::kResume:
      controls_.insert(message.resume().serial());
      return;
    case v1::ToAgent::kScale:
      controls_.insert(message.scale().serial());
      return;
    case v1::ToAgent::kFlush:
      flush_ = true;
      return;
    default:
      return;
  }
}

std::string AgentProtocol::WhyWrong(const v1::FromAgent& message, const plan::Options& options) {
  if (wrong_.empty()) wrong_ = Judge(message, options);
  return wrong_;
}

std::string AgentProtocol::Judge(const v1::FromAgent& message, const plan::Options& options) {
  if (!prepared_) return Early("something");
  switch (message.body_case()) {
    case v1::FromAgent::kBundleWanted:
      if (ready_) return Early("that it lacks the bundle");
      return Once(true, bundle_wanted_, "that it lacks the bundle");
    case v1::FromAgent::kReady:
      return JudgeReady(message.ready(), options);
    case v1::FromAgent::kCallDone:
      return JudgeCallDone(message.call_done());
    case v1::FromAgent::kControlled:
      if (controls_.erase(message.controlled().serial()) == 0)
        return Early("that it paused or scaled");
      return JudgeProgress(message.controlled().progress(), options);
    case v1::FromAgent::kDelta:
      if (!begun_) return Early("figures");
      if (flushed_) return "it sent figures after the last";
      return message.delta().has_health() ? JudgeHealth(message.delta().health()) : "";
    case v1::FromAgent::kSamples:
      if (!begun_ || !samples_) return Early("samples");
      return flushed_ ? "it sent samples after the last" : "";
    case v1::FromAgent::kExchange:
      if (!begun_ || options.har.empty()) return Early("requests and answers");
      if (++exchanges_ > kMostExchanges) return "it sent too many requests and answers";
      return message.ByteSizeLong() > kMostExchange ? "it sent too large an answer" : "";
    case v1::FromAgent::kCpuProfile:
      return JudgeProfile(message.cpu_profile());
    case v1::FromAgent::kDebugger:
      return debugging_ ? "" : Early("what a debugger wants to know");
    case v1::FromAgent::kLogs:
      return message.logs().lines_size() > kMostLines ? "it sent too many lines of output at once"
                                                      : "";
    case v1::FromAgent::kProgress:
      return JudgeProgress(message.progress(), options);
    case v1::FromAgent::kTestStopped:
      return Once(true, stopped_[message.test_stopped().abort() ? 1 : 0],
                  "that the script stopped");
    case v1::FromAgent::kSecretWanted:
      return JudgeSecretWanted(message.secret_wanted());
    case v1::FromAgent::kRunDone: {
      std::string why = Once(started_, run_done_, "that its scenarios have ended");
      return why.empty() ? controller::WhyWrong(message.run_done(), options) : why;
    }
    case v1::FromAgent::kFlushed: {
      std::string why = Once(flush_, flushed_, "that it sent all its figures");
      return why.empty() ? JudgeHealth(message.flushed().health()) : why;
    }
    default:
      return Early("what no agent says");
  }
}

std::string AgentProtocol::JudgeReady(const v1::Ready& ready, const plan::Options& options) {
  const std::string why = Once(true, ready_, "that its VUs are ready");
  if (!why.empty() || ready.has_failure()) return why;
  const auto share = ShareOf(options, number_, agents_);
  if (!share) return "";  // then no agent can be ready
  const auto planned = plan::RequirementsOf(options.scenarios, *share).planned_vus;
  if (ready.vus() == static_cast<std::uint64_t>(planned)) return "";
  return "it made " + std::to_string(ready.vus()) + " VUs, and was to make " +
         std::to_string(planned);
}

std::string AgentProtocol::JudgeSecretWanted(const v1::SecretWanted& wanted) {
  if (!asked_sources_.contains(wanted.source()))
    return "it asks for a secret of a source that is not asked";
  if (wanted.key().size() > secrets::kMostKeyBytes)
    return "the secret it asks for has too long a name";
  if (secrets_.size() >= kMostSecrets) return "it asks for too many secrets at once";
  return secrets_.emplace(wanted.source(), wanted.key()).second
             ? ""
             : "it asks for a secret again before it has it";
}

std::string AgentProtocol::JudgeProfile(const v1::CpuProfile& profile) {
  if (!flush_ || !profile_) return Early("where its script spends time");
  profile_bytes_ += profile.part().size();
  if (profile_bytes_ > wire::kMaxProfileBytes) return "its CPU profile is too large";
  if (profile.last()) profile_ = false;
  return "";
}

// A call that was given up may be answered late, so that each is answered once at most.
std::string AgentProtocol::JudgeCallDone(const v1::CallDone& done) {
  const auto call = calls_.find(done.function());
  if (call == calls_.end() || call->second == 0) return Early("that a function returned");
  --call->second;
  const std::string& json = done.result_json();
  const bool sound = !done.has_result() || done.function() == v1::Call::HANDLE_SUMMARY ||
                     (!text::IsTooDeep(json) && text::IsValid(json));
  return sound ? "" : "what it says that a function returned is no JSON, or nested too deeply";
}

std::string AgentProtocol::JudgeProgress(const v1::Progress& progress,
                                         const plan::Options& options) {
  const std::string odd = "it showed an impossible progress";
  if (!InRange(progress.active_vus()) || !InRange(progress.initialized_vus()) ||
      !InRange(progress.complete()) || !InRange(progress.interrupted()) ||
      !InRange(progress.planned_vus())) {
    return odd;
  }
  const auto& parts = progress.scenarios();
  if (static_cast<std::size_t>(parts.size()) > options.scenarios.size()) return odd;
  for (const auto& part : parts) {
    const bool known =
        std::any_of(options.scenarios.begin(), options.scenarios.end(),
                    [&](const auto& scenario) { return scenario.name == part.name(); });
    if (!known || !InRange(part.started()) || !InRange(part.complete()) ||
        !InRange(part.active_vus()) || !InRange(part.vus())) {
      return odd;
    }
  }
  return "";
}

std::string AgentProtocol::JudgeHealth(const v1::Health& health) {
  const auto& lag = health.loop_lag();
  const auto& cpu = health.cpu();
  const auto spans = {lag.p99_ns(),    lag.max_ns(),       cpu.wall_ns(),   cpu.used_ns(),
                      cpu.waited_ns(), cpu.saturated_ns(), cpu.stalled_ns()};
  const auto amounts = {health.memory_peak_bytes(), health.memory_available_bytes(),
                        health.memory_bytes(), health.heap_bytes()};
  const auto is_span = [](std::int64_t ns) { return 0 <= ns && ns <= kLongestSpan; };
  const bool sound = std::all_of(spans.begin(), spans.end(), is_span) &&
                     std::all_of(amounts.begin(), amounts.end(), InRange);
  return sound ? "" : "it told an impossible health";
}

}  // namespace loadctl::controller
