// `loadctl controller`: the daemon. Agents register with it; clients run tests on them.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "common/base/duration.h"
#include "common/daemon/config_file.h"
#include "common/daemon/core_dumps.h"
#include "common/daemon/endpoint.h"
#include "common/daemon/exhaustion.h"
#include "common/daemon/tls.h"
#include "common/daemon/token.h"
#include "common/text/number.h"
#include "controller/cli/commands.h"
#include "controller/cli/controller_pages.h"
#include "controller/cli/load.h"
#include "controller/cli/signals.h"
#include "controller/fleet/registry.h"
#include "controller/fleet/server.h"
#include "controller/service/client_service.h"
#include "controller/service/metrics_endpoint.h"
#include "controller/service/run_store.h"
#include "controller/service/runs_service.h"
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
      --revoked FILE               serials of certificates that are not welcome any more, one a line
                                   as `openssl x509 -serial` prints them; read again when it changes
      --token-file FILE            where there are no certificates, the token that agents and clients
                                   must know (default: a new one, which programs of this user find)
      --metrics-address HOST:PORT  serve Prometheus metrics at http://HOST:PORT/metrics
                                   (default: not at all)
      --web-address HOST:PORT      serve a page of each run at http://HOST:PORT/, on this machine's
                                   loopback only (default: not at all)
      --max-agents N               agents that may be registered (default 10000)
      --max-agents-of-host N       of one host (default 1000)
      --max-streams N              streams of agents, and of clients (default 20000)
      --ready-patience DURATION    how long an agent may make no VU before it is ready (default 5m)
      --submit-patience DURATION   how long a client may send nothing of its test, or take nothing
                                   of its outcome (default 15s)
      --log-format text|json       how to write log lines (default text)
      --daemon-config FILE         YAML file with the same names, such as "listen: 0.0.0.0:6566";
                                   flags win over it
  -h, --help                       this text

One test runs at a time. SIGTERM stops the one that runs as Ctrl-C does, then the controller.
docs/operations/controller.md has the rest.
)";

constexpr std::string_view kFlags[] = {
    "listen",      "tls-cert",        "tls-key",         "tls-ca",     "revoked",
    "token-file",  "metrics-address", "web-address",     "max-agents", "max-agents-of-host",
    "max-streams", "ready-patience",  "submit-patience", "log-format", "daemon-config"};
constexpr auto kLook = 100ms;
constexpr char kDefaultAddress[] = "127.0.0.1:6566";

/// What peers may take up, and how long they may keep others waiting.
struct Limits {
  std::size_t agents = 10000, agents_of_host = 1000, streams = 20000;
  std::chrono::milliseconds ready = 5min, submit = 15s;
};

struct Options {
  Limits limits;
  std::string listen;
  daemon::Tls tls;
  std::string revoked, token_file;
  std::string metrics_address, web_address;
  std::string log_format;
};

Result<void> ReadCount(const daemon::Settings& settings, std::string_view flag, std::size_t& to) {
  const auto given = settings.find(flag);
  if (given == settings.end()) return {};
  constexpr std::int64_t kMost = 1'000'000;
  const auto count = text::ParseGoInt(given->second);
  if (!count || *count < 1 || *count > kMost)
    return Fail("--" + std::string(flag) + " must be a number of 1 to 1000000");
  to = static_cast<std::size_t>(*count);
  return {};
}

Result<void> ReadPatience(const daemon::Settings& settings, std::string_view flag,
                          std::chrono::milliseconds& to) {
  const auto given = settings.find(flag);
  if (given == settings.end()) return {};
  const auto duration = ParseGoDuration(given->second);
  if (!duration || *duration < 100ms || *duration > 24h)
    return Fail("--" + std::string(flag) + " must be a duration of 100ms to 24h");
  to = std::chrono::duration_cast<std::chrono::milliseconds>(*duration);
  return {};
}

Result<Limits> ReadLimits(const daemon::Settings& settings) {
  Limits limits;
  LOADCTL_CHECK_OK(ReadCount(settings, "max-agents", limits.agents));
  LOADCTL_CHECK_OK(ReadCount(settings, "max-agents-of-host", limits.agents_of_host));
  LOADCTL_CHECK_OK(ReadCount(settings, "max-streams", limits.streams));
  LOADCTL_CHECK_OK(ReadPatience(settings, "ready-patience", limits.ready));
  LOADCTL_CHECK_OK(ReadPatience(settings, "submit-patience", limits.submit));
  return limits;
}

Result<Options> ReadOptions(std::span<const std::string> arguments) {
  LOADCTL_TRY(daemon::Settings settings, daemon::ReadDaemonFlags(arguments, kFlags));
  Options options;
  LOADCTL_TRY(options.limits, ReadLimits(settings));
  options.listen = settings.contains("listen") ? settings["listen"] : kDefaultAddress;
  if (const auto good = daemon::ParseEndpoint(options.listen); !good)
    return tl::unexpected(good.error().While("--listen"));
  options.metrics_address = settings["metrics-address"];
  if (!options.metrics_address.empty()) {
    if (const auto good = daemon::ParseEndpoint(options.metrics_address); !good)
      return tl::unexpected(good.error().While("--metrics-address"));
  }
  options.web_address = settings["web-address"];
  options.revoked = settings["revoked"];
  options.token_file = settings["token-file"];
  options.log_format = settings["log-format"];
  if (!options.log_format.empty() && options.log_format != "text" && options.log_format != "json")
    return Fail("--log-format must be text or json, not \"" + options.log_format + "\"");
  LOADCTL_TRY(options.tls,
              daemon::LoadTls({settings["tls-cert"], settings["tls-key"], settings["tls-ca"]},
                              options.listen));
  return options;
}

/// What is asked of whoever comes without a certificate; on a Unix socket its file's owner decides.
Result<std::string> TokenFor(const Options& options) {
  LOADCTL_TRY(const daemon::Endpoint endpoint, daemon::ParseEndpoint(options.listen));
  if (!options.tls.plaintext() || !endpoint.path.empty()) return std::string();
  if (options.token_file.empty()) return daemon::NewToken();
  std::string token = daemon::FindToken("", options.token_file);
  if (token.empty())
    return Fail("--token-file: " + options.token_file +
                " holds no token, or others than its owner may write it");
  return token;
}

/// The address as it is, whatever port was asked for; 0: of a Unix socket.
std::string WithPort(const std::string& address, int port) {
  return port == 0 ? address : address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

/// Null where no address is given.
Result<std::unique_ptr<ControllerPages>> OpenPages(const std::string& address,
                                                   terminal::Logger& logger) {
  if (address.empty()) return std::unique_ptr<ControllerPages>();
  auto pages = ControllerPages::Listen(address);
  if (pages) logger.Info("a page of each run is at http://" + address + "/");
  return pages;
}

Result<int> Serve(const Options& options, terminal::Logger& logger, Signals& signals) {
  const auto say = [&logger](const std::string& what) { logger.Info(what); };
  const Limits& limits = options.limits;
  LOADCTL_TRY(const std::string token, TokenFor(options));
  const auto access = std::make_shared<fleet::Access>(
      fleet::AccessOptions{!options.tls.plaintext(), token, options.revoked});
  fleet::Registry registry({.unassigned = fleet::Unassigned::kKeep,
                            .log = say,
                            .most_agents = limits.agents,
                            .most_agents_of_host = limits.agents_of_host,
                            .most_streams = limits.streams,
                            .access = access});
  service::RunStore store;
  service::ClientService clients({.submit_patience = limits.submit,
                                  .most_streams = limits.streams,
                                  .access = access,
                                  .log = say,
                                  .why_busy = [&store] { return store.WhyBusy(); }});
  service::RunsService runs(store, access, [&clients] { return clients.WhyBusy(); });
  std::unique_ptr<service::MetricsEndpoint> metrics;
  if (!options.metrics_address.empty()) {
    LOADCTL_TRY(metrics, service::MetricsEndpoint::Listen(
                             options.metrics_address, [&registry] { return registry.Count(); }));
  }
  LOADCTL_TRY(const auto pages, OpenPages(options.web_address, logger));
  service::RunStopper stopper;
  std::atomic<bool> stopping{false};
  grpc::Service* services[] = {&registry.service(), &clients.service(), &runs.service()};
  LOADCTL_TRY(const auto server, fleet::Server::Listen(options.listen, options.tls, services));
  std::optional<daemon::TokenFile> token_file;
  if (!token.empty() && options.token_file.empty()) {
    LOADCTL_TRY(auto made, daemon::TokenFile::Make(server->port(), token));
    token_file.emplace(std::move(made));
  }
  signals.Trap(
      [&](const std::string& name) {
        say("stopping: a '" + name + "' signal came");
        stopping = true;
        stopper.StopForGood(name);
      },
      [] { std::_Exit(ExitStatus(ErrorCode::kSignal)); });
  say("serving agents and clients at " + WithPort(options.listen, server->port()) +
      (options.tls.plaintext() ? " in plaintext" : " with mutual TLS"));
  const service::Serving serving{registry, clients,      store,      metrics.get(),
                                 say,      limits.ready, pages.get()};
  while (!stopping) {
    if (auto request = clients.Next(Clock::now() + kLook)) {
      service::Serve(*store.Add(std::move(*request)), service::Client::kStays, serving, stopper);
    } else if (const auto run = store.Next(Clock::now() + kLook)) {
      service::Serve(*run, service::Client::kLeft, serving, stopper);
    }
  }
  clients.WaitUntilTaken(Clock::now() + 10s);
  store.End();
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
  daemon::ForbidCoreDumps();
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
