#include "common/sandbox/successors.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include "common/sandbox/system_calls.h"

namespace loadctl::sandbox {
namespace {

/// What ended the child; `ending`: somebody wants this process to end.
int Follow(pid_t child, const sigset_t& signals, bool& ending) {
  for (int status = 0;;) {
    const int signal = sigwaitinfo(&signals, nullptr);
    if (signal == SIGCHLD) {
      if (waitpid(child, &status, WNOHANG) == child) return status;
    } else if (signal > 0) {
      ending = ending || signal != SIGHUP;
      kill(child, signal);
    }
  }
}

[[noreturn]] void EndAs(int status) {
  if (WIFEXITED(status)) _exit(WEXITSTATUS(status) == kSuccessor ? 0 : WEXITSTATUS(status));
  sigset_t none;
  sigemptyset(&none);
  signal(WTERMSIG(status), SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  raise(WTERMSIG(status));
  _exit(1);
}

}  // namespace

Result<void> BecomeSuccessor() {
  LOADCTL_CHECK_OK(DenyPrograms());
  const pid_t self = getpid();
  sigset_t signals, before;
  sigemptyset(&signals);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, &before);
  for (bool ending = false;;) {
    const pid_t child = fork();
    if (child < 0) return Fail(std::string("no process for the agent: ") + std::strerror(errno));
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != self) _exit(1);
      unsetenv("WATCHDOG_PID");  // it is not that process which reports, but this one
      sigprocmask(SIG_SETMASK, &before, nullptr);
      return {};
    }
    const int status = Follow(child, signals, ending);
    const bool killed = WIFSIGNALED(status);
    if (ending || !(killed || WEXITSTATUS(status) == kSuccessor)) EndAs(status);
    const timespec pause{killed ? 1 : 0, 0};  // not in a circle, should it be killed again
    nanosleep(&pause, nullptr);
  }
}

}  // namespace loadctl::sandbox
