#include "controller/cli/remote_run.h"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "common/bundle/bundle.h"
#include "common/wire/secrets.h"
#include "controller/cli/rest_api.h"
#include "controller/rest/render.h"
#include "controller/service/client.h"
#include "controller/service/convert.h"
#include "controller/service/runs_client.h"

namespace loadctl::cli {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Small, so that heartbeats get between them on a slow wire.
constexpr std::size_t kChunk = 1u << 16;
constexpr auto kLook = 200ms;
constexpr auto kAskAgain = 1s;
constexpr auto kGoodbye = 3s;

void Submit(const controller::RunInputs& inputs, service::Client& client) {
  const std::string packed = inputs.inspection.bundle.Pack();
  v1::FromClient message;
  *message.mutable_submission() = service::ToProto(inputs, bundle::Sha256(packed));
  client.Send(std::move(message));
  for (std::size_t at = 0; at == 0 || at < packed.size(); at += kChunk) {
    v1::FromClient chunk;
    chunk.mutable_bundle_chunk()->set_data(packed.substr(at, kChunk));
    chunk.mutable_bundle_chunk()->set_last(at + kChunk >= packed.size());
    client.Send(std::move(chunk));
  }
}

/// What was asked of this program's REST API and is for the controller to do. Any thread.
class ForwardedCommands {
 public:
  /// nullptr: there is no controller (any more).
  void SetClient(service::Client* client) {
    const std::lock_guard lock(mutex_);
    client_ = client;
  }
  void Ask(const rest::Command& command, RestApi::Reply reply) {
    const std::lock_guard lock(mutex_);
    if (client_ == nullptr)
      return reply(rest::ErrorResponse(503, "Not running", "there is no controller now"));
    replies_.emplace(++serial_, std::move(reply));
    v1::FromClient message;
    *message.mutable_api_request() = service::ToProto(serial_, command);
    client_->Send(std::move(message));
  }
  /// Its sources have it, or say why not, when they can.
  static void GiveSecret(const std::shared_ptr<ForwardedCommands>& self,
                         const v1::SecretWanted& wanted, const controller::RunInputs& inputs) {
    if (inputs.secrets == nullptr) return;
    inputs.secrets->ask(wanted.source(), wanted.key(), [self, wanted](Result<std::string> value) {
      v1::FromClient message;
      *message.mutable_secret_given() = wire::WriteSecret(wanted.source(), wanted.key(), value);
      const std::lock_guard lock(self->mutex_);
      if (self->client_ != nullptr) self->client_->Send(std::move(message));
    });
  }
  void Answer(const v1::ApiResponse& response) {
    RestApi::Reply reply;
    {
      const std::lock_guard lock(mutex_);
      const auto found = replies_.find(response.serial());
      if (found == replies_.end()) return;
      reply = std::move(found->second);
      replies_.erase(found);
    }
    reply(service::FromProto(response));
  }

 private:
  std::mutex mutex_;
  service::Client* client_ = nullptr;
  std::uint64_t serial_ = 0;
  std::map<std::uint64_t, RestApi::Reply> replies_;
};

/// Forwards what comes until the outcome does.
Result<v1::Outcome> Follow(service::Client& client, events::Publisher& events,
                           ForwardedCommands& commands, const std::string& address,
                           const std::function<void(const v1::SecretWanted&)>& give) {
  bool planned = false;
  while (true) {
    v1::ToClient message;
    if (!client.Next(message, Clock::now() + kLook)) {
      if (const std::string why = client.lost(); !why.empty()) {
        return Fail(ErrorCode::kAgentLost,
                    "the controller at " + address + " was lost during the run: " + why);
      }
      continue;
    }
    if (message.has_secret_wanted()) give(message.secret_wanted());
    if (message.has_api_response()) commands.Answer(message.api_response());
    if (!message.has_event()) continue;
    planned = planned || message.event().has_planned();
    // Progress does not wait behind the rest: it may be here before the plan, which is to be first.
    if (message.event().has_progress() && !planned) continue;
    if (message.event().has_outcome()) client.WaitForEnd(Clock::now() + kGoodbye);
    events.Forward(message.event());
    if (message.event().has_outcome())
      return std::move(*message.mutable_event()->mutable_outcome());
  }
}

/// With `wait`, until the controller is free; says so once, and whenever another run is in the way.
Result<std::unique_ptr<service::Client>> Connect(const service::ClientOptions& options, bool wait,
                                                 terminal::Logger& logger) {
  std::string told;
  while (true) {
    auto client = service::Client::Connect(options);
    if (client || !wait) return client;
    const std::string busy = service::BusyWith(client.error());
    if (busy.empty()) return client;
    if (busy != told) logger.Info(client.error().message + "; waiting for it to be free");
    told = busy;
    std::this_thread::sleep_for(kAskAgain);
  }
}

}  // namespace

Result<v1::Outcome> RunRemotely(const RemoteController& controller,
                                const controller::RunInputs& inputs, const RemoteSide& side) {
  service::ClientOptions options;
  options.address = controller.address;
  LOADCTL_TRY(options.tls, daemon::LoadTls(controller.tls, controller.address));
  options.token_file = controller.token_file;
  options.version = LOADCTL_VERSION;
  const auto shared = std::make_shared<ForwardedCommands>();
  ForwardedCommands& commands = *shared;
  RestApi rest(inputs.script, side.view, [&](const rest::Command& command, RestApi::Reply reply) {
    commands.Ask(command, std::move(reply));
  });
  LOADCTL_CHECK_OK(rest.Open(inputs.plan.runtime, side.logger));
  LOADCTL_TRY(const auto client, Connect(options, controller.wait, side.logger));
  commands.SetClient(client.get());
  const rest::Controls::Scope control(side.controls,
                                      [&](const rest::Command& command, RestApi::Reply reply) {
                                        commands.Ask(command, std::move(reply));
                                      });
  Submit(inputs, *client);
  side.signals.Trap(
      [&](const std::string& name) {
        v1::FromClient message;
        message.mutable_stop()->set_signal(name);
        client->Send(std::move(message));
      },
      [&] {
        side.logger.Error("Aborting loadctl in response to signal");
        std::_Exit(ExitStatus(ErrorCode::kSignal));
      });
  auto outcome = Follow(*client, side.events, commands, controller.address,
                        [&](const v1::SecretWanted& wanted) {
                          ForwardedCommands::GiveSecret(shared, wanted, inputs);
                        });
  side.signals.Release();
  commands.SetClient(nullptr);
  return outcome;
}

Result<std::string> SubmitDetached(const RemoteController& controller,
                                   const controller::RunInputs& inputs) {
  wire::DialOptions options;
  options.address = controller.address;
  options.token_file = controller.token_file;
  LOADCTL_TRY(options.tls, daemon::LoadTls(controller.tls, controller.address));
  service::RunsClient client(std::move(options));
  const std::string packed = inputs.inspection.bundle.Pack();
  LOADCTL_TRY(const auto run,
              client.Submit(service::ToProto(inputs, bundle::Sha256(packed)), packed));
  return run.run_id();
}

void KeepEnvironmentHere(plan::CommandLine& line, const plan::Environment& environment) {
  if (line.runtime.contains("include-system-env-vars") ||
      environment.contains("K6_INCLUDE_SYSTEM_ENV_VARS")) {
    return;
  }
  line.runtime["include-system-env-vars"] = "false";
}

}  // namespace loadctl::cli
