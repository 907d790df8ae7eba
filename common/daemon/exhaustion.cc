#include "common/daemon/exhaustion.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <system_error>

namespace loadctl::daemon {
namespace {

constexpr rlim_t kLeastDescriptors = 64;

const char* program_name = "";
int exit_status = 1;

/// Without allocating.
[[noreturn]] void EndFor(const char* what) {
  for (const char* part : {program_name, ": the system gives no more ", what,
                           " (see `ulimit -a`, and the limits of the container)\n"}) {
    if (write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
  }
  _exit(exit_status);
}

[[noreturn]] void OnTerminate() {
  if (const auto exception = std::current_exception()) {
    try {
      std::rethrow_exception(exception);
    } catch (const std::bad_alloc&) {
      EndFor("memory");
    } catch (const std::system_error& error) {
      const int code = error.code().value();
      if (code == EMFILE || code == ENFILE) EndFor("open files");
      if (code == ENOMEM) EndFor("memory");
      if (code == EAGAIN) EndFor("threads");
    } catch (...) {
    }
  }
  std::abort();
}

}  // namespace

void EndWhenExhausted(const char* program, int status) {
  program_name = program;
  exit_status = status;
  std::set_terminate(OnTerminate);
}

Result<void> CheckLimits(std::uint64_t least_address_space) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < kLeastDescriptors) {
      return Fail("no more than " + std::to_string(files.rlim_max) +
                  " files may be open at a time (ulimit -n); " + std::to_string(kLeastDescriptors) +
                  " are needed at least");
    }
  }
  rlimit space{};
  if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur < least_address_space) {
    return Fail("the address space is limited to " + std::to_string(space.rlim_cur >> 20) +
                " MiB (ulimit -v); " + std::to_string(least_address_space >> 20) +
                " MiB are needed at least. Most of it is reserved and never used: to limit memory, "
                "use --max-heap or a control group");
  }
  return {};
}

}  // namespace loadctl::daemon
