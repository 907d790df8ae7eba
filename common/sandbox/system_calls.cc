#include "common/sandbox/system_calls.h"

#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

namespace loadctl::sandbox {
namespace {

// What stays is what V8, gRPC, glibc and agent/net need, and everything harmless beside it: an
// allow-list would refuse what only the next glibc calls.
constexpr const char* kDenied[] = {
    // other programs and processes
    "fork", "vfork", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp",
    "pidfd_getfd", "process_madvise", "memfd_create", "memfd_secret", "uselib",
    // mounts, namespaces, roots
    "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "setns", "unshare", "swapon", "swapoff", "quotactl",
    "quotactl_fd", "nfsservctl",
    // the kernel
    "bpf", "init_module", "finit_module", "delete_module", "create_module", "kexec_load",
    "kexec_file_load", "reboot", "perf_event_open", "userfaultfd", "io_uring_setup",
    "io_uring_enter", "io_uring_register", "lookup_dcookie", "syslog", "iopl", "ioperm",
    "modify_ldt", "personality", "acct", "vhangup", "ustat", "sysfs", "_sysctl",
    // keys
    "keyctl", "add_key", "request_key",
    // clocks, names
    "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime", "sethostname",
    "setdomainname",
    // users and rights
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid",
    "setgroups", "capset",
    // files by other ways than their path
    "mknod", "mknodat", "name_to_handle_at", "open_by_handle_at", "fanotify_init", "fanotify_mark"};

Result<void> Deny(scmp_filter_ctx filter, const char* name) {
  const int number = seccomp_syscall_resolve_name(name);
  if (number == __NR_SCMP_ERROR) return {};  // libseccomp does not know it, nor this machine
  const int added = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
  // Of another kind of machine.
  if (added != 0 && added != -EDOM && added != -EINVAL)
    return Fail("seccomp: " + std::string(name) + ": " + std::strerror(-added));
  return {};
}

Result<void> DenyProcesses(scmp_filter_ctx filter) {
  // glibc then makes threads by clone(), whose flags can be looked at.
  int added = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  if (added == 0) {
    added = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
  }
  if (added != 0) return Fail(std::string("seccomp: clone: ") + std::strerror(-added));
  return {};
}

/// A filter with the rules that `add` adds to it.
template <class Add>
Result<void> Load(const Add& add) {
  if (!CanFilterSystemCalls()) return Fail("the kernel has no seccomp filters");
  const std::unique_ptr<void, decltype(&seccomp_release)> filter(seccomp_init(SCMP_ACT_ALLOW),
                                                                 seccomp_release);
  if (!filter) return Fail("seccomp: no memory");
  LOADCTL_CHECK_OK(add(filter.get()));
  const int loaded = seccomp_load(filter.get());  // with PR_SET_NO_NEW_PRIVS
  if (loaded != 0) return Fail(std::string("seccomp: ") + std::strerror(-loaded));
  return {};
}

}  // namespace

bool CanFilterSystemCalls() {
  constexpr std::uint32_t kAction = SECCOMP_RET_ERRNO;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &kAction) == 0;
}

Result<void> DenyPrograms() {
  return Load([](scmp_filter_ctx filter) -> Result<void> {
    for (const char* name : {"execve", "execveat", "memfd_create", "uselib"})
      LOADCTL_CHECK_OK(Deny(filter, name));
    return {};
  });
}

Result<void> DenySystemCalls(Execute execute) {
  return Load([execute](scmp_filter_ctx filter) -> Result<void> {
    LOADCTL_CHECK_OK(DenyProcesses(filter));
    for (const char* name : kDenied) LOADCTL_CHECK_OK(Deny(filter, name));
    if (execute == Execute::kNever) LOADCTL_CHECK_OK(Deny(filter, "execve"));
    return {};
  });
}

}  // namespace loadctl::sandbox
