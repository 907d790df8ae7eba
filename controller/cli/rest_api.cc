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

RestApi::RestApi(const std::string& script, const rest::View& view, Ask ask) {
  server_.Mount("/", rest::ApiMount([script, &view, ask = std::move(ask)](
                                        const rest::Command& command, rest::Reply reply) {
                  if (command.kind == rest::Command::Kind::kRun)
                    return reply(rest::RunResponse(getpid(), script));
                  if (auto shown = view.Answer(command)) return reply(std::move(*shown));
                  ask(command,
                      [&view, reply = std::move(reply)](std::optional<rest::Response> response) {
                        reply(response ? std::move(*response) : view.AnswerStatus());
                      });
                }));
}

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
