// `loadctl controller`: the daemon. Agents register with it; clients run tests on them.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "common/base/duration.h"
#include "common/daemon/core_dumps.h"
#include "common/daemon/endpoint.h"
#include "common/daemon/exhaustion.h"
#include "common/daemon/health.h"
#include "common/daemon/journal.h"
#include "common/daemon/pem.h"
#include "common/daemon/tls.h"
#include "common/daemon/tls_files.h"
#include "common/daemon/token.h"
#include "controller/cli/commands.h"
#include "controller/cli/controller_options.h"
#include "controller/cli/controller_pages.h"
#include "controller/cli/load.h"
#include "controller/cli/reloading.h"
#include "controller/cli/signals.h"
#include "controller/cli/supervision.h"
#include "controller/fleet/audit_log.h"
#include "controller/fleet/registry.h"
#include "controller/fleet/server.h"
#include "controller/record/history.h"
#include "controller/service/agent_list.h"
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

constexpr auto kLook = 100ms;

using Options = ControllerOptions;
using fleet::Quota;

/// Whom SIGHUP calls: nobody before and after it serves.
class HangUp final {
 public:
  void Call() {
    const std::lock_guard lock(mutex_);
    if (call_) call_();
  }
  class Scope {
   public:
    Scope(HangUp& hang_up, std::function<void()> call) : hang_up_(hang_up) {
      const std::lock_guard lock(hang_up_.mutex_);
      hang_up_.call_ = std::move(call);
    }
    ~Scope() {
      const std::lock_guard lock(hang_up_.mutex_);
      hang_up_.call_ = nullptr;
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    HangUp& hang_up_;
  };

 private:
  std::mutex mutex_;
  std::function<void()> call_;
};

/// What is asked of whoever comes without a certificate; on a Unix socket its file's owner decides.
Result<std::string> TokenFor(const Options& options) {
  LOADCTL_TRY(const daemon::Endpoint endpoint, daemon::ParseEndpoint(options.listen));
  if (!options.tls->Current().plaintext() || !endpoint.path.empty()) return std::string();
  if (options.token_file.empty()) return daemon::NewToken();
  std::string token = daemon::FindToken("", options.token_file);
  if (token.empty())
    return Fail("--token-file: " + options.token_file +
                " holds no token, or others than its owner may write it");
  return token;
}

/// Null where no address is given.
Result<std::unique_ptr<ControllerPages>> OpenPages(const Options& options, rest::Controls& controls,
                                                   terminal::Logger& logger) {
  const std::string& address = options.web_address;
  if (address.empty()) return std::unique_ptr<ControllerPages>();
  auto pages = ControllerPages::Listen({address, options.history, options.web_control}, controls);
  if (pages) logger.Info("a page of each run is at http://" + address + "/");
  return pages;
}

/// The log, of which strangers can fill only so much. Any thread.
class LogLimit final {
 public:
  LogLimit(terminal::Logger& logger, fleet::Quotas& quotas) : logger_(logger), quotas_(quotas) {}

  void Say(const std::string& what) {
    std::int64_t left_out = 0;
    {
      const std::lock_guard lock(mutex_);
      const auto now = Clock::now();
      if (now - second_ >= 1s) {
        second_ = now;
        lines_ = 0;
      }
      if (lines_ >= quotas_.most(Quota::kLogLines)) {
        ++left_out_;
        return quotas_.Reach(Quota::kLogLines);
      }
      quotas_.Use(Quota::kLogLines, ++lines_);
      left_out = std::exchange(left_out_, 0);
    }
    if (left_out > 0)
      logger_.Warn(std::to_string(left_out) + " lines were left out: more than --max-log-lines");
    logger_.Info(what);
  }

 private:
  terminal::Logger& logger_;
  fleet::Quotas& quotas_;
  std::mutex mutex_;
  Clock::time_point second_{};
  std::int64_t lines_ = 0, left_out_ = 0;
};

/// What a daemon reads again while it serves.
class Renewing final {
 public:
  using Say = std::function<void(const std::string&)>;
  /// `metrics`: where metrics have the same certificates; may be null.
  Renewing(const Options& options, fleet::Server& server, service::MetricsEndpoint* metrics,
           fleet::AuditLog* audit, Say say)
      : tls_(*options.tls),
        server_(server),
        metrics_(metrics),
        audit_(audit),
        say_(std::move(say)) {}

  void Look(bool told) {
    if (told && audit_ != nullptr) Tell(audit_->Reopen());
    const auto others = tls_.Refresh(told);
    if (!others) return say_("the new certificates are not used: " + others.error().message);
    if (!*others) return;
    auto replaced = server_.Replace(tls_.Current());
    if (replaced && metrics_ != nullptr) replaced = metrics_->UseTls(tls_.Current());
    if (!replaced) return Tell(replaced);
    say_("new certificates are in use");
  }

 private:
  void Tell(const Result<void>& done) {
    if (!done) say_(done.error().message);
  }

  daemon::TlsFiles& tls_;
  fleet::Server& server_;
  service::MetricsEndpoint* const metrics_;
  fleet::AuditLog* const audit_;
  const Say say_;
};

/// Records every run into a folder, without holding it up.
class KeptHistory final : public events::Subscriber {
 public:
  using Say = std::function<void(const std::string&)>;
  /// Null: none is wanted. Fails as record::HistoryWriter::Make() does.
  static Result<std::unique_ptr<KeptHistory>> Open(const std::string& folder, Say say) {
    if (folder.empty()) return std::unique_ptr<KeptHistory>();
    LOADCTL_TRY(auto writer, record::HistoryWriter::Make(folder));
    return std::unique_ptr<KeptHistory>(new KeptHistory(std::move(writer), std::move(say)));
  }
  void On(const v1::RunEvent& event) override {
    queue_.On(event);
    // With an outcome the writer has had everything.
    if (event.has_outcome() && !writer_->problem().empty()) say_(writer_->problem());
  }

 private:
  KeptHistory(std::unique_ptr<record::HistoryWriter> writer, Say say)
      : writer_(std::move(writer)), queue_(*writer_), say_(std::move(say)) {}

  const std::unique_ptr<record::HistoryWriter> writer_;
  events::Queue queue_;
  const Say say_;
};

Result<std::shared_ptr<fleet::AuditLog>> OpenAudit(const Options& options) {
  if (options.audit_log.empty()) return std::shared_ptr<fleet::AuditLog>();
  return fleet::AuditLog::Open(options.audit_log, options.quotas);
}

/// Null: none are wanted.
Result<std::unique_ptr<service::MetricsEndpoint>> OpenMetrics(const Options& options,
                                                              fleet::Registry& registry) {
  std::unique_ptr<service::MetricsEndpoint> metrics;
  if (options.metrics_address.empty()) return metrics;
  LOADCTL_TRY(metrics, service::MetricsEndpoint::Listen(
                           options.metrics_address, [&registry] { return registry.Count(); },
                           options.quotas));
  if (options.metrics_tls) LOADCTL_CHECK_OK(metrics->UseTls(options.tls->Current()));
  return metrics;
}

Result<std::unique_ptr<fleet::Server>> Listen(const Options& options,
                                              std::span<grpc::Service* const> services) {
  fleet::ServerOptions how;
  how.peers = options.join_tokens.empty() ? fleet::PeerCertificate::kRequired
                                          : fleet::PeerCertificate::kOptional;
  how.max_message = static_cast<int>(options.quotas->most(Quota::kMessage));
  how.connections = options.quotas;
  return fleet::Server::Listen(options.listen, options.tls->Current(), services, how);
}

void ListAgents(const Options& options, const fleet::Registry& registry, v1::AgentList& list) {
  service::FillAgents(registry.List(), list);
  list.set_version(LOADCTL_VERSION);
  if (const auto own = daemon::ReadCertificate(options.tls->Current().cert))
    list.set_certificate_ends_unix_s(daemon::EndOf(*own));
}

std::string Greeting(const Options& options, const fleet::Server& server) {
  const std::string where =
      server.port() == 0
          ? options.listen
          : options.listen.substr(0, options.listen.rfind(':') + 1) + std::to_string(server.port());
  return "serving agents and clients at " + where +
         (options.tls->Current().plaintext() ? " in plaintext" : " with mutual TLS");
}

/// One run after the other, until it is told to stop, or has had nothing to do for so long (0: it
/// never ends for that).
void RunUntil(const std::atomic<bool>& stopping, const service::Serving& serving,
              service::RunStopper& stopper, Supervision& supervision,
              std::chrono::milliseconds exit_when_idle) {
  auto busy = Clock::now();
  while (!stopping) {
    supervision.MainThreadLives();
    if (serving.clients.WhyBusy() || serving.store.WhyBusy()) busy = Clock::now();
    if (exit_when_idle > 0ms && Clock::now() - busy > exit_when_idle) {
      serving.log("ending: nobody had a test to run for " + FormatGoDuration(exit_when_idle));
      break;
    }
    if (auto request = serving.clients.Next(Clock::now() + kLook)) {
      service::Serve(*serving.store.Add(std::move(*request)), service::Client::kStays, serving,
                     stopper);
      busy = Clock::now();
    } else if (const auto run = serving.store.Next(Clock::now() + kLook)) {
      service::Serve(*run, service::Client::kLeft, serving, stopper);
      busy = Clock::now();
    }
  }
  serving.clients.WaitUntilTaken(Clock::now() + 10s);
  serving.store.End();
}

/// A token of our own is in a file for this machine's clients, while the controller lives.
Result<std::optional<daemon::TokenFile>> FileOf(const std::string& token, const Options& options,
                                                int port) {
  std::optional<daemon::TokenFile> file;
  if (token.empty() || !options.token_file.empty()) return file;
  LOADCTL_TRY(auto made, daemon::TokenFile::Make(port, token));
  file.emplace(std::move(made));
  return file;
}

Result<int> Serve(const Options& options, terminal::Logger& logger, Signals& signals,
                  HangUp& hang_up) {
  LogLimit lines(logger, *options.quotas);
  const auto say = [&lines](const std::string& what) { lines.Say(what); };
  LOADCTL_TRY(const std::string token, TokenFor(options));
  const auto access = std::make_shared<fleet::Access>(
      fleet::AccessOptions{!options.tls->Current().plaintext(), token, options.revoked,
                           options.join_tokens, options.allowed_agents});
  LOADCTL_TRY(const auto audit, OpenAudit(options));
  fleet::Registry registry({.unassigned = fleet::Unassigned::kKeep,
                            .log = say,
                            .quotas = options.quotas,
                            .access = access,
                            .audit = audit});
  service::RunStore store(options.quotas);
  service::ClientService clients({.quotas = options.quotas,
                                  .access = access,
                                  .audit = audit,
                                  .log = say,
                                  .why_busy = [&store] { return store.WhyBusy(); }});
  service::RunsOptions runs_options{access, audit, options.quotas};
  runs_options.list_agents = [&](v1::AgentList& list) { ListAgents(options, registry, list); };
  runs_options.why_busy = [&clients] { return clients.WhyBusy(); };
  service::RunsService runs(store, std::move(runs_options));
  LOADCTL_TRY(const auto metrics, OpenMetrics(options, registry));
  rest::Controls controls;
  LOADCTL_TRY(const auto pages, OpenPages(options, controls, logger));
  LOADCTL_TRY(const auto history, KeptHistory::Open(options.history, say));
  grpc::Service* services[] = {&registry.service(), &clients.service(), &runs.service()};
  LOADCTL_TRY(const auto server, Listen(options, services));
  Renewing renewing(options, *server, options.metrics_tls ? metrics.get() : nullptr, audit.get(),
                    say);
  service::RunStopper stopper;
  Supervision supervision(registry, stopper);
  Reloading reloading([&](bool told) {
    renewing.Look(told);
    supervision.Look();
  });
  const HangUp::Scope on_hang_up(hang_up, [&reloading] { reloading.Now(); });
  LOADCTL_TRY(const auto token_file, FileOf(token, options, server->port()));
  std::atomic<bool> stopping{false};
  signals.Trap(
      [&](const std::string& name) {
        say("stopping: a '" + name + "' signal came");
        stopping = true;
        supervision.Stops();
        stopper.StopForGood(name);
      },
      [] { std::_Exit(ExitStatus(ErrorCode::kSignal)); });
  say(Greeting(options, *server));
  LOADCTL_TRY(const auto health, daemon::HealthSocket::Open());
  supervision.Ready();
  RunUntil(stopping,
           {registry, clients, store, metrics.get(), say, audit.get(), options.quotas, pages.get(),
            history.get(), pages ? &controls : nullptr},
           stopper, supervision, options.exit_when_idle);
  signals.Release();
  return 0;
}

/// For the health check of a container.
int TellHealth() {
  const auto health = daemon::AskHealth();
  if (health) std::printf("%s\n", health->c_str());
  if (!health) std::fprintf(stderr, "loadctl controller: %s\n", health.error().message.c_str());
  return health ? 0 : 1;
}

}  // namespace

int Controller(std::span<const std::string> arguments) {
  for (const auto& argument : arguments) {
    if (argument != "-h" && argument != "--help") continue;
    std::fputs(ControllerHelp().c_str(), stdout);
    return 0;
  }
  if (arguments.size() == 1 && arguments[0] == "--health") return TellHealth();
  const auto options = ReadControllerOptions(arguments);
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
  HangUp hang_up;
  Signals signals([&hang_up] { hang_up.Call(); });
  terminal::LogOptions log;
  log.format = options->log_format;
  if (log.format.empty() && daemon::StandardErrorIsJournal()) log.journal = "loadctl-controller";
  auto logger = terminal::Logger::Open(std::move(log));
  if (!logger) {
    std::fprintf(stderr, "loadctl controller: %s\n", logger.error().message.c_str());
    return ExitStatus(logger.error().code);
  }
  const std::string warning = options->tls->Current().warning;
  if (!warning.empty()) (*logger)->Warn(warning);
  const auto served = Serve(*options, **logger, signals, hang_up);
  if (served) return *served;
  (*logger)->Error(served.error().message);
  return ExitStatus(served.error().code);
}

}  // namespace loadctl::cli
