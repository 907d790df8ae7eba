#include "agent/session/service.h"

#include <signal.h>

#include <cstdlib>
#include <utility>

#include "common/base/duration.h"
#include "common/daemon/notify.h"

namespace loadctl::session {
namespace {

using namespace std::chrono_literals;

// Wakes the thread of signals for its end; no other part of the program uses it.
constexpr int kEnd = SIGUSR2;
// How often systemd hears of a living agent; far more often than any WatchdogSec= wants.
constexpr std::chrono::nanoseconds kEvery = 1s;
constexpr auto kGoodbye = 200ms;  // for the last line to leave

std::atomic<bool> ending{false};

sigset_t Held() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, kEnd}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void Service::HoldSignals() {
  const sigset_t set = Held();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

bool Service::Ending() { return ending.load(std::memory_order_relaxed); }

Service::Service(Parts parts)
    : parts_(std::move(parts)),
      limit_([this] {
        const std::string why =
            "its run goes on after --drain-limit: the agent ends, and the run loses it";
        parts_.say(text::LogLevel::kError, why);
        parts_.warn_run(why);
        std::this_thread::sleep_for(kGoodbye);
        std::_Exit(1);
      }),
      ticks_(parts_.clock, kEvery, [this] { Tick(); }) {
  ticks_.Start();
  daemon::Notify("READY=1");
  Tell("dials the controller at " + parts_.controller);
  signals_ = std::thread([this] { TakeSignals(); });
}

Service::~Service() {
  pthread_kill(signals_.native_handle(), kEnd);
  signals_.join();
  parts_.clock.Disarm(limit_);
}

void Service::Registered() { Tell("idle, registered with the controller at " + parts_.controller); }
void Service::Waits(const std::string& why) {
  Tell("waits for the controller at " + parts_.controller + ": " + why);
}

void Service::Works() {
  if (!std::exchange(working_, true)) Tell("works for a run");
}

void Service::TakeSignals() {
  const sigset_t set = Held();
  for (int count = 0;;) {
    int signal = 0;
    sigwait(&set, &signal);
    if (signal == kEnd) return;
    if (signal == SIGHUP) {
      parts_.reload();
    } else if (++count == 1) {
      ending = true;
      parts_.conductor.Post(
          [this, name = signal == SIGINT ? "interrupt" : "terminated"] { Told(name); });
    } else {
      parts_.say(text::LogLevel::kWarning, "a second signal came: the agent ends at once");
      std::_Exit(1);
    }
  }
}

void Service::Told(const std::string& signal) {
  const std::string came = "a '" + signal + "' signal came: ";
  daemon::Notify("STOPPING=1");
  if (!working_) {
    parts_.say(text::LogLevel::kInfo, came + "the agent is idle and ends");
    return parts_.conductor.Stop();
  }
  parts_.say(text::LogLevel::kInfo, came + "the agent ends after its run, in " +
                                        FormatGoDuration(parts_.drain_limit) +
                                        " at the latest; a second one ends it at once");
  parts_.warn_run(came + "the agent goes on with this run for " +
                  FormatGoDuration(parts_.drain_limit) + " at the latest, and ends then");
  Tell("ends after its run");
  parts_.clock.Arm(limit_, parts_.clock.Now() + parts_.drain_limit);
}

void Service::Tick() {
  // systemd waits TimeoutStopSec= at most, but for a service that asks for more.
  daemon::Notify(Ending() ? "WATCHDOG=1\nEXTEND_TIMEOUT_USEC=10000000" : "WATCHDOG=1");
}

void Service::Tell(const std::string& status) const {
  std::string line = "STATUS=" + status;
  for (char& c : line)
    if (c == '\n') c = ' ';
  daemon::Notify(line);
}

}  // namespace loadctl::session
