#include "controller/cli/rest_api.h"

#include <unistd.h>

#include <utility>

#include "common/daemon/endpoint.h"
#include "common/daemon/tls.h"
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
                    return reply(view.Describe(getpid(), script));
                  if (auto shown = view.Answer(command)) return reply(std::move(*shown));
                  ask(command,
                      [&view, reply = std::move(reply)](std::optional<rest::Response> response) {
                        reply(response ? std::move(*response) : view.AnswerStatus());
                      });
                }));
}

Result<void> RestApi::OpenTcp(const plan::RuntimeOptions& options) {
  web::Guard& guard = server_.guard();
  if (options.api_tls_cert.empty() != options.api_tls_key.empty())
    return Fail("--api-tls-cert and --api-tls-key go together");
  if (!options.api_tls_cert.empty()) {
    daemon::Tls tls;
    LOADCTL_TRY(tls.cert, daemon::ReadPemFile(options.api_tls_cert, "--api-tls-cert"));
    LOADCTL_TRY(tls.key, daemon::ReadPemFile(options.api_tls_key, "--api-tls-key"));
    LOADCTL_CHECK_OK(guard.UseTls(tls, web::ClientCertificate::kNotAsked));
  }
  std::string token;
  if (!options.api_token_file.empty()) {
    token = daemon::FindToken("", options.api_token_file);
    if (token.empty())
      return Fail("--api-token-file: " + options.api_token_file +
                  " holds no token, or others than its owner may write it");
    guard.UseToken(std::move(token));
    return server_.ListenTcp(options.address);
  }
  const auto endpoint = daemon::ParseEndpoint(options.address);
  if (endpoint && daemon::IsLocal(*endpoint)) return server_.ListenTcp(options.address);
  LOADCTL_TRY(token, daemon::NewToken());
  guard.UseToken(token);
  LOADCTL_CHECK_OK(server_.ListenTcp(options.address));
  LOADCTL_TRY(auto file, daemon::TokenFile::Make(server_.port(), std::move(token)));
  token_file_.emplace(std::move(file));
  return {};
}

Result<void> RestApi::Open(const plan::RuntimeOptions& options, terminal::Logger& logger) {
  if (!options.address.empty()) {
    if (const auto listening = OpenTcp(options); !listening) {
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
