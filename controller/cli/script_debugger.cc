#include "controller/cli/script_debugger.h"

#include <cstddef>
#include <utility>

namespace loadctl::cli {
namespace {

constexpr std::size_t kMostWaiting = 10'000;  // before the script waits: a client's greetings

}  // namespace

Result<std::unique_ptr<ScriptDebugger>> ScriptDebugger::Open(const std::string& address,
                                                             const debugger::Target& target,
                                                             terminal::Logger& logger) {
  std::unique_ptr<ScriptDebugger> out(new ScriptDebugger(logger));
  ScriptDebugger* const self = out.get();
  LOADCTL_TRY(out->endpoint_,
              debugger::Endpoint::Listen(
                  address, target,
                  {[self] { self->Tell(v1::Debugger::HERE, ""); },
                   [self](std::string text) { self->Tell(v1::Debugger::MESSAGE, std::move(text)); },
                   [self] { self->Tell(v1::Debugger::GONE, ""); }}));
  return out;
}

std::shared_ptr<const controller::Debugging> ScriptDebugger::For(bool pause_at_start) {
  return std::make_shared<const controller::Debugging>(controller::Debugging{
      pause_at_start, [this](const v1::Debugger& message) { Hear(message); }});
}

void ScriptDebugger::Bring(std::function<void(v1::Debugger)> tell) {
  const std::lock_guard lock(mutex_);
  tell_ = std::move(tell);
}

void ScriptDebugger::Hear(const v1::Debugger& message) {
  if (message.kind() == v1::Debugger::MESSAGE) {
    begun_ += message.text();
    if (!message.more()) endpoint_->Send(std::exchange(begun_, ""));
    return;
  }
  logger_.Info("the script waits for a debugger at " + endpoint_->url() +
               ": open chrome://inspect in Chrome, or attach VS Code to that port (type \"node\")");
  const std::lock_guard lock(mutex_);
  waits_ = true;
  for (auto& one : std::exchange(waiting_, {}))
    if (tell_) tell_(std::move(one));
}

void ScriptDebugger::Tell(v1::Debugger::Kind kind, std::string text) {
  v1::Debugger message;
  message.set_kind(kind);
  message.set_text(std::move(text));
  const std::lock_guard lock(mutex_);
  if (!waits_) {
    if (waiting_.size() < kMostWaiting) waiting_.push_back(std::move(message));
  } else if (tell_) {
    tell_(std::move(message));
  }
}

}  // namespace loadctl::cli
