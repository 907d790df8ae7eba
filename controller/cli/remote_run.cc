#include "controller/cli/remote_run.h"

#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

#include "common/bundle/bundle.h"
#include "controller/api/client.h"
#include "controller/api/convert.h"
#include "controller/cli/rest_api.h"
#include "controller/rest/render.h"

namespace loadctl::cli {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Small, so that heartbeats get between them on a slow wire.
constexpr std::size_t kChunk = 1u << 16;
constexpr auto kLook = 200ms;
constexpr auto kGoodbye = 3s;

void Submit(const controller::RunInputs& inputs, const std::string& script, api::Client& client) {
  const std::string packed = inputs.inspection.bundle.Pack();
  v1::FromClient message;
  *message.mutable_submission() = api::ToProto(inputs, bundle::Sha256(packed), script);
  client.Send(std::move(message));
  for (std::size_t at = 0; at == 0 || at < packed.size(); at += kChunk) {
    v1::FromClient chunk;
    chunk.mutable_bundle_chunk()->set_data(packed.substr(at, kChunk));
    chunk.mutable_bundle_chunk()->set_last(at + kChunk >= packed.size());
    client.Send(std::move(chunk));
  }
}

/// What was asked of this program's REST API and is answered by the controller. Any thread.
class Asked {
 public:
  /// nullptr: there is no controller (any more).
  void SetClient(api::Client* client) {
    const std::lock_guard lock(mutex_);
    client_ = client;
  }
  void Ask(const rest::Command& command, rest::Reply reply) {
    const std::lock_guard lock(mutex_);
    if (client_ == nullptr)
      return reply(rest::ErrorResponse(503, "Not running", "there is no controller now"));
    replies_.emplace(++serial_, std::move(reply));
    v1::FromClient message;
    *message.mutable_api_request() = api::ToProto(serial_, command);
    client_->Send(std::move(message));
  }
  void Answer(const v1::ApiResponse& response) {
    rest::Reply reply;
    {
      const std::lock_guard lock(mutex_);
      const auto found = replies_.find(response.serial());
      if (found == replies_.end()) return;
      reply = std::move(found->second);
      replies_.erase(found);
    }
    reply(api::FromProto(response));
  }

 private:
  std::mutex mutex_;
  api::Client* client_ = nullptr;
  std::uint64_t serial_ = 0;
  std::map<std::uint64_t, rest::Reply> replies_;
};

/// Shows what comes until the outcome does.
Result<controller::RunResult> Follow(api::Client& client, const controller::RunHooks& hooks,
                                     Asked& asked, const std::string& address) {
  while (true) {
    v1::ToClient message;
    if (!client.Next(message, Clock::now() + kLook)) {
      if (const std::string why = client.lost(); !why.empty()) {
        return Fail(ErrorCode::kAgentLost,
                    "the controller at " + address + " was lost during the run: " + why);
      }
      continue;
    }
    switch (message.body_case()) {
      case v1::ToClient::kLog: {
        const auto line = api::FromProto(message.log());
        if (line.agent > 0) {
          hooks.console(line);
        } else {
          hooks.log(line.level, line.message, line.fields);
        }
        break;
      }
      case v1::ToClient::kProgress:
        hooks.progress(api::FromProto(message.progress()));
        break;
      case v1::ToClient::kApiResponse:
        asked.Answer(message.api_response());
        break;
      case v1::ToClient::kSay:
        hooks.say(message.say());
        break;
      case v1::ToClient::kOutcome:
        client.WaitForEnd(Clock::now() + kGoodbye);
        return api::FromProto(message.outcome());
      default:
        break;
    }
  }
}

}  // namespace

Result<controller::RunResult> RunRemotely(const RemoteController& controller,
                                          const controller::RunInputs& inputs,
                                          const std::string& script, Screen& screen,
                                          Signals& signals) {
  api::ClientOptions options;
  options.address = controller.address;
  LOADCTL_TRY(options.tls, daemon::LoadTls(controller.tls, controller.address));
  options.version = LOADCTL_VERSION;
  Asked asked;
  RestApi rest(script, [&](const rest::Command& command, rest::Reply reply) {
    asked.Ask(command, std::move(reply));
  });
  LOADCTL_CHECK_OK(rest.Open(inputs.plan.runtime, screen.logger()));
  LOADCTL_TRY(const auto client, api::Client::Connect(std::move(options)));
  asked.SetClient(client.get());
  Submit(inputs, script, *client);
  signals.Trap(
      [&](const std::string& name) {
        v1::FromClient message;
        message.mutable_stop()->set_signal(name);
        client->Send(std::move(message));
      },
      [&] {
        screen.logger().Error("Aborting loadctl in response to signal");
        std::_Exit(ExitStatus(ErrorCode::kSignal));
      });
  auto result = Follow(*client, screen.Hooks(), asked, controller.address);
  signals.Release();
  asked.SetClient(nullptr);
  return result;
}

void KeepEnvironmentHere(plan::CommandLine& line, const plan::Environment& environment) {
  if (line.runtime.contains("include-system-env-vars") ||
      environment.contains("K6_INCLUDE_SYSTEM_ENV_VARS")) {
    return;
  }
  line.runtime["include-system-env-vars"] = "false";
}

}  // namespace loadctl::cli
