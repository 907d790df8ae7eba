// `loadctl controller`: the daemon. Agents register with it; clients run tests on them.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "common/daemon/config_file.h"
#include "common/daemon/endpoint.h"
#include "common/daemon/exhaustion.h"
#include "common/daemon/tls.h"
#include "controller/cli/commands.h"
#include "controller/cli/load.h"
#include "controller/cli/signals.h"
#include "controller/fleet/registry.h"
#include "controller/fleet/server.h"
#include "controller/service/control_service.h"
#include "controller/service/metrics_endpoint.h"
#include "controller/service/serve.h"
#include "controller/terminal/log.h"

namespace loadctl::cli {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr char kHelp[] =
    R"(Serve agents and clients of this and other machines.

Usage:
  loadctl controller [flags]

Examples:
  # On this machine, without certificates.
  loadctl controller --listen 127.0.0.1:6566
  loadctl-agent --controller 127.0.0.1:6566
  loadctl run --controller 127.0.0.1:6566 --agents 1 script.js

  # For other machines: certificates of `loadctl certs DIR`.
  loadctl controller --listen 0.0.0.0:6566 --tls-cert DIR/controller.pem \
      --tls-key DIR/controller.key --tls-ca DIR/ca.pem

Flags:
      --listen HOST:PORT           where agents and clients come to; or unix:/path
                                   (default 127.0.0.1:6566)
      --tls-cert FILE              certificate of this controller (PEM); plaintext only on loopback
      --tls-key FILE               its private key
      --tls-ca FILE                the authority that signs agents' and clients' certificates
      --metrics-address HOST:PORT  serve Prometheus metrics at http://HOST:PORT/metrics
                                   (default: not at all)
      --log-format text|json       how to write log lines (default text)
      --daemon-config FILE         YAML file with the same names, such as "listen: 0.0.0.0:6566";
                                   flags win over it
  -h, --help                       this text

One test runs at a time. SIGTERM stops the one that runs as Ctrl-C does, then the controller.
docs/operations/controller.md has the rest.
)";

constexpr std::string_view kFlags[] = {"listen",          "tls-cert",   "tls-key",      "tls-ca",
                                       "metrics-address", "log-format", "daemon-config"};
constexpr char kDefaultAddress[] = "127.0.0.1:6566";

struct Options {
  std::string listen;
  daemon::Tls tls;
  std::string metrics_address;
  std::string log_format;
};

Result<Options> ReadOptions(std::span<const std::string> arguments) {
  LOADCTL_TRY(daemon::Settings settings, daemon::ReadDaemonFlags(arguments, kFlags));
  Options options;
  options.listen = settings.contains("listen") ? settings["listen"] : kDefaultAddress;
  if (const auto good = daemon::ParseEndpoint(options.listen); !good)
    return tl::unexpected(good.error().While("--listen"));
  options.metrics_address = settings["metrics-address"];
  if (!options.metrics_address.empty()) {
    if (const auto good = daemon::ParseEndpoint(options.metrics_address); !good)
      return tl::unexpected(good.error().While("--metrics-address"));
  }
  options.log_format = settings["log-format"];
  if (!options.log_format.empty() && options.log_format != "text" && options.log_format != "json")
    return Fail("--log-format must be text or json, not \"" + options.log_format + "\"");
  LOADCTL_TRY(options.tls,
              daemon::LoadTls({settings["tls-cert"], settings["tls-key"], settings["tls-ca"]},
                              options.listen));
  return options;
}

Result<int> Serve(const Options& options, terminal::Logger& logger, Signals& signals) {
  const auto say = [&logger](const std::string& what) { logger.Info(what); };
  fleet::Registry registry({fleet::Strangers::kKeep, 5s, say});
  service::ControlService control({10s, say});
  std::unique_ptr<service::MetricsEndpoint> metrics;
  if (!options.metrics_address.empty()) {
    LOADCTL_TRY(metrics, service::MetricsEndpoint::Listen(
                             options.metrics_address, [&registry] { return registry.Count(); }));
  }
  service::RunStopper stopper;
  std::atomic<bool> stopping{false};
  grpc::Service* services[] = {&registry.service(), &control.service()};
  LOADCTL_TRY(const auto server, fleet::Server::Listen(options.listen, options.tls, services));
  signals.Trap(
      [&](const std::string& name) {
        say("stopping: a '" + name + "' signal came");
        stopping = true;
        stopper.StopForGood(name);
      },
      [] { std::_Exit(ExitStatus(ErrorCode::kSignal)); });
  const std::string where = server->port() == 0
                                ? options.listen
                                : options.listen.substr(0, options.listen.rfind(':') + 1) +
                                      std::to_string(server->port());
  say("serving agents and clients at " + where +
      (options.tls.plaintext() ? " in plaintext" : " with mutual TLS"));
  const service::Serving serving{registry, control, metrics.get(), say};
  while (!stopping) {
    const auto request = control.Next(Clock::now() + 200ms);
    if (request) service::Serve(*request, serving, stopper);
  }
  control.WaitUntilTaken(Clock::now() + 10s);
  signals.Release();
  return 0;
}

}  // namespace

int Controller(std::span<const std::string> arguments) {
  for (const auto& argument : arguments) {
    if (argument != "-h" && argument != "--help") continue;
    std::fputs(kHelp, stdout);
    return 0;
  }
  const auto options = ReadOptions(arguments);
  if (!options) {
    std::fprintf(stderr, "loadctl controller: %s\nTry 'loadctl controller --help'.\n",
                 options.error().message.c_str());
    return ExitStatus(options.error().code);
  }
  if (const auto good = daemon::CheckLimits(kLeastAddressSpace); !good) {
    std::fprintf(stderr, "loadctl controller: %s\n", good.error().message.c_str());
    return ExitStatus(good.error().code);
  }
  daemon::SetUpGrpc();
  Signals signals;
  terminal::LogOptions log;
  log.format = options->log_format;
  auto logger = terminal::Logger::Open(std::move(log));
  if (!logger) {
    std::fprintf(stderr, "loadctl controller: %s\n", logger.error().message.c_str());
    return ExitStatus(logger.error().code);
  }
  if (!options->tls.warning.empty()) (*logger)->Warn(options->tls.warning);
  const auto served = Serve(*options, **logger, signals);
  if (served) return *served;
  (*logger)->Error(served.error().message);
  return ExitStatus(served.error().code);
}

}  // namespace loadctl::cli
