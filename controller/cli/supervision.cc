#include "controller/cli/supervision.h"

#include "common/daemon/notify.h"

namespace loadctl::cli {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Unpacking a large test, or a slow disk under the audit log, is no hang.
constexpr auto kHangs = 60s;

}  // namespace

Supervision::Supervision(const fleet::Registry& registry, service::RunStopper& stopper)
    : registry_(registry), stopper_(stopper), lived_(Clock::now().time_since_epoch().count()) {}

void Supervision::Ready() {
  ready_ = true;
  daemon::Notify("READY=1");
}

void Supervision::Stops() {
  stops_ = true;
  daemon::Notify("STOPPING=1");
}

void Supervision::MainThreadLives() { lived_ = Clock::now().time_since_epoch().count(); }

void Supervision::Look() {
  if (!ready_) return;
  stopper_.Call([this] { MainThreadLives(); });
  const auto count = registry_.Count();
  if (Clock::now() - Clock::time_point(Clock::duration(lived_)) < kHangs)
    daemon::Notify("WATCHDOG=1");
  std::string status = std::to_string(count.idle) + " agents idle, " +
                       std::to_string(count.working) + " at work" + (stops_ ? "; stops" : "");
  if (status == status_) return;
  status_ = std::move(status);
  daemon::Notify("STATUS=" + status_);
}

}  // namespace loadctl::cli
