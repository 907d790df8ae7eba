#include "controller/cli/signals.h"

#include <signal.h>
#include <unistd.h>

#include <mutex>
#include <utility>

namespace loadctl::cli {

struct Signals::State {
  std::mutex mutex;
  std::function<void(const std::string&)> first;
  std::function<void()> second;
  int count = 0;
};

namespace {

// Wakes the thread for its end; no other part of the program uses it.
constexpr int kEnd = SIGUSR2;

sigset_t Watched(bool hang_up) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, kEnd}) sigaddset(&set, signal);
  if (hang_up) sigaddset(&set, SIGHUP);
  return set;
}

[[noreturn]] void DieBy(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  raise(signal);
  _exit(128 + signal);
}

}  // namespace

Signals::Signals(std::function<void()> hang_up) : state_(new State) {
  const sigset_t set = Watched(hang_up != nullptr);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([state = state_, set, hang_up = std::move(hang_up)] {
    while (true) {
      int signal = 0;
      sigwait(&set, &signal);
      if (signal == kEnd) return;
      if (signal == SIGHUP) {
        hang_up();
        continue;
      }
      const std::lock_guard lock(state->mutex);
      if (!state->first) DieBy(signal);
      if (++state->count == 1) {
        state->first(signal == SIGINT ? "interrupt" : "terminated");
      } else {
        state->second();
      }
    }
  });
}

Signals::~Signals() {
  pthread_kill(thread_.native_handle(), kEnd);
  thread_.join();
  delete state_;
}

void Signals::Trap(std::function<void(const std::string&)> first, std::function<void()> second) {
  const std::lock_guard lock(state_->mutex);
  state_->first = std::move(first);
  state_->second = std::move(second);
}

void Signals::Release() {
  const std::lock_guard lock(state_->mutex);
  state_->first = nullptr;
  state_->second = nullptr;
}

namespace {

volatile sig_atomic_t status_in_time = 0;

void OnAlarm(int) {
  constexpr char kLine[] = "loadctl: the run is over, but its end hangs: the process ends\n";
  if (write(STDERR_FILENO, kLine, sizeof kLine - 1) < 0) _exit(status_in_time);
  _exit(status_in_time);
}

}  // namespace

EndInTime::EndInTime(std::chrono::seconds patience, int status) {
  status_in_time = status;
  ::signal(SIGALRM, OnAlarm);
  alarm(static_cast<unsigned>(patience.count()));
}

EndInTime::~EndInTime() {
  alarm(0);
  ::signal(SIGALRM, SIG_DFL);
}

}  // namespace loadctl::cli
