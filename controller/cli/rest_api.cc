#include "controller/cli/rest_api.h"

#include <unistd.h>

#include <utility>

#include "controller/rest/local_runs.h"
#include "controller/rest/render.h"

namespace loadctl::cli {
namespace {

Result<void> OpenLocal(web::Server& server) {
  LOADCTL_TRY(const std::string folder, rest::RunsFolder());
  static_cast<void>(rest::FindLocalRuns(folder));  // removes what crashed runs left behind
  return server.ListenUnix(rest::SocketOf(folder, getpid()));
}

}  // namespace

RestApi::RestApi(const std::string& script, rest::Ask ask) {
  server_.Mount("/", rest::ApiMount([script, ask = std::move(ask)](const rest::Command& command,
                                                                   rest::Reply reply) {
                  if (command.kind == rest::Command::Kind::kRun)
                    return reply(rest::RunResponse(getpid(), script));
                  ask(command, std::move(reply));
                }));
}

RestApi::RestApi(const std::string& script, fleet::Fleet& fleet, controller::TestRun& run)
    : RestApi(script, [&](const rest::Command& command, const rest::Reply& reply) {
        fleet.Push({fleet::Event::Kind::kCall, 0, {}, "", [&run, command, reply] {
                      run.Answer(command, reply);
                    }});
      }) {}

Result<void> RestApi::Open(const plan::RuntimeOptions& options, terminal::Logger& logger) {
  if (!options.address.empty()) {
    if (const auto listening = server_.ListenTcp(options.address); !listening) {
      if (options.address_is_flag) {
        return Fail(ErrorCode::kCannotHaveApi,
                    "Error from API server: " + listening.error().message);
      }
      logger.Warn("Error from API server", {{"error", listening.error().message}});
    }
  }
  if (const auto local = OpenLocal(server_); !local) {
    logger.Warn("The commands status, pause, resume, scale, stats and stop will not find this run",
                {{"error", local.error().message}});
  }
  server_.Start();
  return {};
}

}  // namespace loadctl::cli
