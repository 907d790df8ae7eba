// What a user asks of a running test through the REST API: the run's share.
// Not for HTTP, nor for what only looks (controller/rest).
#include <utility>

#include "controller/rest/render.h"
#include "controller/run/run.h"

namespace loadctl::controller {
namespace {

using rest::ErrorResponse;
using Kind = rest::Command::Kind;

}  // namespace

void Run::Do(const rest::Command& command, Reply reply) {
  switch (command.kind) {
    case Kind::kChangeStatus:
      return ChangeStatus(command.change, reply);
    case Kind::kSetSetupData:
      TellSetupData(command.text.empty() ? std::nullopt : std::optional(command.text));
      return reply(rest::SetupDataResponse(results_.setup_data()));
    case Kind::kRunSetup:
      return CallForApi(v1::Call::SETUP, reply);
    case Kind::kRunTeardown:
      return CallForApi(v1::Call::TEARDOWN, reply);
    default:
      return reply(ErrorResponse(400, "Invalid data", "this is not for the run"));
  }
}

// ---- pause, resume, scale, stop

void Run::ChangeStatus(const rest::StatusChange& change, const Reply& reply) {
  const auto done = [this, reply] {
    TellPhase();
    TellProgress();
    reply(std::nullopt);
  };
  if (change.stopped) {
    if (!std::exchange(lingering_, false) && !clock_.ended())
      StopFor(
          {ErrorCode::kStoppedFromApi, "test run stopped by `loadctl stop` or from the REST API"});
    return done();
  }
  const auto scale = [this, change, reply, done] {
    if (!change.vus && !change.vus_max) return done();
    Scale(change, reply, done);
  };
  if (!change.paused) return scale();
  ChangePaused(*change.paused, reply, scale);
}

void Run::ChangePaused(bool paused, const Reply& reply, const Steering::Then& then) {
  if (stage_.phase >= v1::RunProgress::TEARDOWN || stopped())
    return reply(ErrorResponse(500, "Pause error", "the test's iterations are over"));
  if (!clock_.started()) {  // the next phase has not begun, and does not
    if (paused && held_)
      return reply(ErrorResponse(500, "Pause error", "execution is already paused"));
    held_ = paused;
    return then();
  }
  if (paused == clock_.paused()) return then();
  steering_->Pause(paused, then);
}

void Run::Scale(const rest::StatusChange& change, const Reply& reply, const Steering::Then& then) {
  if (auto problem = steering_->Want(change)) return reply(std::move(problem));
  if (!clock_.started() || stage_.phase >= v1::RunProgress::TEARDOWN) return then();
  steering_->Scale(then);
}

// ---- setup() and teardown()

void Run::CallForApi(v1::Call::Function function, const Reply& reply) {
  const bool setup = function == v1::Call::SETUP;
  const auto refuse = [&](const std::string& why) {
    reply(ErrorResponse(500, setup ? "Error executing setup" : "Error executing teardown", why));
  };
  const bool calling = stage_.phase == v1::RunProgress::SETUP ||
                       (stage_.phase == v1::RunProgress::TEARDOWN && !clock_.ended());
  if (call_.reply || calling) return refuse("another call of setup() or teardown() goes on");
  if (stopped() || clock_.ended()) return refuse("the test is over");
  if (!agents_->All(Agents::State::kReady) || agents_->FirstLive() == 0)
    return refuse("the VUs are not ready yet");
  const auto& options = inputs_.plan.options;
  if (!HasFunction(setup ? "setup" : "teardown")) {
    if (setup) TellSetupData(std::nullopt);
    return reply(setup ? rest::SetupDataResponse(results_.setup_data()) : rest::Response{});
  }
  call_.reply = reply;
  SendCall(function, setup ? std::nullopt : setup_json_,
           setup ? options.setup_timeout : options.teardown_timeout);
}

void Run::OnApiCallDone(const v1::CallDone* done) {
  const Reply reply = std::exchange(call_.reply, nullptr);
  const bool setup = call_.function == v1::Call::SETUP;
  const char* title = setup ? "Error executing setup" : "Error executing teardown";
  if (done == nullptr) return reply(ErrorResponse(500, title, "the agent was lost"));
  if (done->has_failure()) return reply(ErrorResponse(500, title, done->failure().message()));
  if (!setup) return reply(rest::Response{200, "", ""});
  TellSetupData(done->has_result() ? std::optional(done->result_json()) : std::nullopt);
  reply(rest::SetupDataResponse(results_.setup_data()));
}

}  // namespace loadctl::controller
