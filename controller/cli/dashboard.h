// The page of a run: `--out web-dashboard` and K6_WEB_DASHBOARD*, and what HTML reports are made
// of. Not for what it shows (controller/page). Main thread; the page has a thread for events and
// one for browsers.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "common/base/error.h"
#include "controller/cli/past_runs.h"
#include "controller/events/publisher.h"
#include "controller/events/queue.h"
#include "controller/page/site.h"
#include "controller/plan/plan.h"
#include "controller/rest/controls.h"
#include "controller/terminal/log.h"
#include "controller/web/server.h"

namespace loadctl::cli {

/// As k6's, but that by itself the page is for this machine alone.
struct DashboardSettings {
  std::string host = "127.0.0.1";
  int port = 5665;  ///< 0: any; -1: no page, for the exported report alone
  bool port_is_given = false;
  bool open = false;  ///< in this user's browser
  std::chrono::milliseconds period = std::chrono::seconds(1);
  std::string report;  ///< file of the exported report; empty: none
  std::string record;  ///< file for a record of the run; empty: none
};

/// Takes `web-dashboard` out of the plan's outputs, and reads its variables and argument
/// (`port=0&host=::1`). nullopt: it is not asked for. Fails (kInvalidConfig) naming what is wrong.
[[nodiscard]] Result<std::optional<DashboardSettings>> TakeDashboard(
    plan::Plan& plan, const plan::Environment& environment);

class Dashboard final {
 public:
  /// What is shown comes from the events; it must get them before whoever asks for Report().
  explicit Dashboard(events::Publisher& events,
                     std::chrono::milliseconds period = std::chrono::seconds(1));

  /// Browsers that look on get the end.
  ~Dashboard();
  Dashboard(const Dashboard&) = delete;
  Dashboard& operator=(const Dashboard&) = delete;

  /// What belongs to the page of a run.
  struct Around {
    const std::string& history;  ///< folder of past runs, whose pages are below /runs/; empty: none
    /// By which token the page may steer the run: `auto`, a new one, or that in a file; empty: it
    /// may not.
    const std::string& control;
    rest::Controls& controls;
    terminal::Logger& logger;
  };
  /// Listens. Fails (kGeneric) if the port cannot be had, and it was asked for; else that is a
  /// warning, as in k6.
  Result<void> Open(const DashboardSettings& settings, const Around& around);
  /// Where it is, with a new token to steer the run by; empty: nowhere.
  [[nodiscard]] const std::string& url() const { return url_; }

  /// The report of what has been told so far.
  [[nodiscard]] std::string Report() const;

 private:
  events::Publisher& events_;
  Result<void> OpenControl(const Around& around);

  page::Site site_;
  events::Queue queue_;
  std::string url_;
  std::unique_ptr<PastRuns> past_;  // null: none
  std::unique_ptr<web::Server> server_;
};

}  // namespace loadctl::cli
