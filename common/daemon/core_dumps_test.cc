#include "common/daemon/core_dumps.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace loadctl::daemon {
namespace {

// In a process of its own: a test program that crashes is to be looked at.
TEST(CoreDumps, AreNotWritten) {
  const pid_t child = fork();
  if (child == 0) {
    ForbidCoreDumps();
    rlimit core{1, 1};
    getrlimit(RLIMIT_CORE, &core);
    if (prctl(PR_GET_DUMPABLE) != 0 || core.rlim_max != 0) _exit(1);
    raise(SIGQUIT);  // dumps core by default, and no sanitizer takes it
    _exit(2);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "still dumpable, or still alive";
  EXPECT_FALSE(WCOREDUMP(status));
}

}  // namespace
}  // namespace loadctl::daemon
