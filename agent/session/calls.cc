#include "agent/session/calls.h"

#include <chrono>
#include <span>
#include <string>
#include <utility>

#include "common/base/time.h"
#include "common/wire/codes.h"

namespace loadctl::session {
namespace {

/// What is particular about each of the three functions.
struct Kind {
  const char* name;
  vu::Phase phase;
  ErrorCode late;  ///< it did not end in time
};

Kind KindOf(v1::Call::Function function) {
  switch (function) {
    case v1::Call::SETUP:
      return {"setup", vu::Phase::kSetup, ErrorCode::kSetupTimeout};
    case v1::Call::HANDLE_SUMMARY:
      return {"handleSummary", vu::Phase::kSummary, ErrorCode::kGeneric};
    default:
      return {"teardown", vu::Phase::kTeardown, ErrorCode::kTeardownTimeout};
  }
}

v1::FromAgent Failed(v1::Call::Function function, const Error& error) {
  v1::FromAgent message;
  message.mutable_call_done()->set_function(function);
  *message.mutable_call_done()->mutable_failure() = wire::ToProto(error);
  return message;
}

Error WhyFailed(const vu::WorkResult& result, const v1::Call& call) {
  switch (result.kind) {
    case vu::WorkResult::Kind::kBadResult:
      return {ErrorCode::kGeneric, result.error};
    case vu::WorkResult::Kind::kException:
      return {ErrorCode::kScript, result.error};
    default: {
      const Kind kind = KindOf(call.function());
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::nanoseconds(call.timeout_ns()))
                               .count();
      return {kind.late, std::string(kind.name) + "() execution timed out after " +
                             std::to_string(seconds) + " seconds"};
    }
  }
}

// On the VU's fiber.
v1::FromAgent CallFunction(vu::Vu& vu, const v1::Call& call) {
  const Kind kind = KindOf(call.function());
  const bool summary = call.function() == v1::Call::HANDLE_SUMMARY;
  vu.SetPhase(kind.phase);
  vu::WorkResult result;
  std::vector<std::pair<std::string, std::string>> files;
  if (summary) {
    result = vu.CallForFiles(kind.name, call.argument_json(), files);
  } else if (call.has_argument()) {
    result = vu.CallForJson(kind.name, {call.argument_json()});
  } else {
    result = vu.CallForJson(kind.name, {});
  }
  if (result.kind != vu::WorkResult::Kind::kComplete)
    return Failed(call.function(), WhyFailed(result, call));
  v1::FromAgent message;
  auto* done = message.mutable_call_done();
  done->set_function(call.function());
  done->set_has_result(summary ? result.error.empty() : result.json.has_value());
  if (result.json) done->set_result_json(*result.json);
  for (auto& [path, content] : files) {
    auto* file = done->add_files();
    file->set_path(path);
    file->set_content(std::move(content));
  }
  return message;
}

}  // namespace

Calls::~Calls() {
  for (auto& helper : helpers_) helper.join();
}

void Calls::Call(const v1::Call& call, Answer answer) {
  helpers_.emplace_back([this, call, answer = std::move(answer)] {
    vu::Loop loop;
    auto group = parts_.init.debugged;
    if (!group || group->sharing() == vu::Sharing::kOneVu)
      group = std::make_shared<vu::Group>(parts_.init.limits, vu::Sharing::kOneVu);
    auto made = std::make_unique<vu::Vu>(plan::VuNumbers{}, std::move(group), parts_.program, loop);
    vu::RunSlot* slot = &loop.slot();
    parts_.watchdog.Watch(std::span(&slot, 1));
    auto ready = made->Init(std::chrono::steady_clock::now() + parts_.init.timeout);
    parts_.watchdog.Forget(std::span(&slot, 1));
    if (!ready) {
      made->End();
      loop.RunUntil([&] { return made->state() == vu::Vu::State::kEnded; });
      return parts_.conductor.Post(
          [answer, message = Failed(call.function(), ready.error())] { answer(message); });
    }
    auto vu = std::make_shared<std::unique_ptr<vu::Vu>>(std::move(made));
    parts_.worker.Post([this, call, answer, vu] { Run(std::move(*vu), call, answer); });
  });
}

// On the worker.
void Calls::Run(std::unique_ptr<vu::Vu> made, const v1::Call& call, Answer answer) {
  vu::Vu& vu = parts_.worker.Adopt(std::move(made));
  auto message = std::make_shared<v1::FromAgent>();
  vu.Assign([call, message](vu::Vu& self) { *message = CallFunction(self, call); },
            Later(std::chrono::steady_clock::now(), std::chrono::nanoseconds(call.timeout_ns())),
            [this, message, answer = std::move(answer)] {
              parts_.conductor.Post([message, answer] { answer(std::move(*message)); });
            });
}

}  // namespace loadctl::session
