#include "controller/cli/dashboard.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "common/base/duration.h"
#include "common/daemon/token.h"
#include "common/text/number.h"
#include "controller/page/document.h"

namespace loadctl::cli {
namespace {

constexpr std::string_view kType = "web-dashboard";

Result<void> Set(std::string_view key, const std::string& value, DashboardSettings& settings) {
  const auto bad = [&](const std::string& wanted) {
    return Fail(ErrorCode::kInvalidConfig, "the web dashboard's " + std::string(key) + " is \"" +
                                               value + "\": " + wanted + " is wanted");
  };
  if (key == "host") {
    settings.host = value;
  } else if (key == "port") {
    const auto port = text::ParseGoInt(value);
    if (!port || *port < -1 || *port > 65535) return bad("a port, 0 for any, or -1 for none");
    settings.port = static_cast<int>(*port);
    settings.port_is_given = true;
  } else if (key == "period") {
    const auto period = ParseGoDuration(value);
    if (!period || *period < std::chrono::seconds(1) || *period > std::chrono::hours(1))
      return bad("a time from 1s to 1h");
    settings.period = std::chrono::duration_cast<std::chrono::milliseconds>(*period);
  } else if (key == "export" || key == "report") {
    settings.report = value;
  } else if (key == "record") {
    settings.record = value;
  } else if (key == "open") {
    const auto open = text::ParseGoBool(value);
    if (!open) return bad("true or false");
    settings.open = *open;
  } else {
    return Fail(ErrorCode::kInvalidConfig,
                "the web dashboard has no setting \"" + std::string(key) +
                    "\" here: host, port, period, open, record and export are what it has");
  }
  return {};
}

Result<void> ReadArgument(std::string_view argument, DashboardSettings& settings) {
  while (!argument.empty()) {
    const auto end = std::min(argument.find('&'), argument.size());
    const std::string_view pair = argument.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    const std::string value(pair.substr(std::min(equals + 1, pair.size())));
    LOADCTL_CHECK_OK(Set(pair.substr(0, equals), value, settings));
    argument.remove_prefix(std::min(end + 1, argument.size()));
  }
  return {};
}

/// Lets the desktop show the page, without waiting for it; false: there is no such program.
bool OpenBrowser(const std::string& url) {
  std::string program = "xdg-open", address = url;
  char* const arguments[] = {program.data(), address.data(), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&files, descriptor, "/dev/null", O_RDWR, 0);
  pid_t process = 0;
  const bool started =
      posix_spawnp(&process, program.c_str(), &files, nullptr, arguments, environ) == 0;
  posix_spawn_file_actions_destroy(&files);
  // It is this program's child until that ends: an entry in the process table.
  return started;
}

}  // namespace

Result<std::optional<DashboardSettings>> TakeDashboard(plan::Plan& plan,
                                                       const plan::Environment& environment) {
  std::string argument;
  bool wanted = plan.web_dashboard;
  std::erase_if(plan.outputs, [&](const std::string& output) {
    if (output != kType && !output.starts_with(std::string(kType) + "=")) return false;
    wanted = true;
    argument = output.substr(std::min(kType.size() + 1, output.size()));
    return true;
  });
  if (!wanted) return std::optional<DashboardSettings>();
  DashboardSettings settings;
  constexpr std::pair<const char*, const char*> kVariables[] = {
      {"K6_WEB_DASHBOARD_HOST", "host"},     {"K6_WEB_DASHBOARD_PORT", "port"},
      {"K6_WEB_DASHBOARD_PERIOD", "period"}, {"K6_WEB_DASHBOARD_OPEN", "open"},
      {"K6_WEB_DASHBOARD_RECORD", "record"}, {"K6_WEB_DASHBOARD_REPORT", "report"},
      {"K6_WEB_DASHBOARD_EXPORT", "export"}};
  for (const auto& [name, key] : kVariables) {
    const auto found = environment.find(name);
    if (found == environment.end() || found->second.empty()) continue;
    LOADCTL_CHECK_OK(Set(key, found->second, settings));
  }
  LOADCTL_CHECK_OK(ReadArgument(argument, settings));
  return std::optional(std::move(settings));
}

Dashboard::Dashboard(events::Publisher& events, std::chrono::milliseconds period)
    : events_(events), site_(period), queue_(site_) {
  events_.AddFirst(queue_);
}

Dashboard::~Dashboard() {
  events_.Remove(queue_);
  if (site_.was_watched()) std::this_thread::sleep_for(std::chrono::milliseconds(500));
}

Result<void> Dashboard::OpenControl(const Around& around) {
  if (around.control.empty()) return {};
  std::string token;
  if (around.control == "auto") {
    LOADCTL_TRY(token, daemon::NewToken());
    url_ += "/#control=" + token;
  } else if (token = daemon::FindToken("", around.control); token.empty()) {
    return Fail("--web-control: " + around.control +
                " holds no token, or others than its owner may write it");
  }
  server_->guard().UseToken(std::move(token));
  return {};
}

Result<void> Dashboard::Open(const DashboardSettings& settings, const Around& around) {
  if (settings.port < 0) return {};
  server_ = std::make_unique<web::Server>();
  site_.Offer({around.history.empty() ? "" : "/runs/", !around.control.empty()});
  if (!around.history.empty()) {
    past_ = std::make_unique<PastRuns>(around.history);
    server_->Mount("/runs/", [this](const web::Request& request, const web::Server::Reply& reply) {
      past_->Answer(request, reply);
    });
  }
  if (!around.control.empty()) {
    server_->Mount("/control", [&controls = around.controls](const web::Request& request,
                                                             const web::Server::Reply& reply) {
      rest::AnswerControl(request, controls, reply);
    });
  }
  site_.MountOn(*server_);
  const bool v6 = settings.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + settings.host + "]" : settings.host;
  if (const auto listening = server_->ListenTcp(host + ":" + std::to_string(settings.port));
      !listening) {
    server_.reset();
    if (settings.port_is_given) return tl::unexpected(listening.error().While("web dashboard"));
    around.logger.Warn("The web dashboard is not there: " + listening.error().message);
    return {};
  }
  const bool any = settings.host.empty() || settings.host == "0.0.0.0" || settings.host == "::";
  url_ = "http://" + (any ? "127.0.0.1" : host) + ":" + std::to_string(server_->port());
  LOADCTL_CHECK_OK(OpenControl(around));
  server_->Start();
  if (settings.open && !OpenBrowser(url_))
    around.logger.Warn("K6_WEB_DASHBOARD_OPEN: no browser could be started here (xdg-open)");
  return {};
}

std::string Dashboard::Report() const { return page::Report(site_.watch().Snapshot()); }

}  // namespace loadctl::cli
