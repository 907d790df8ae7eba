// Each case in a process of its own, which tries from inside what it may no longer do.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "common/sandbox/cgroup.h"
#include "common/sandbox/confinement.h"
#include "common/sandbox/landlock.h"
#include "common/sandbox/successors.h"
#include "common/sandbox/system_calls.h"

extern char** environ;

namespace loadctl::sandbox {
namespace {

/// Runs `inside` in a child: what it says, "" for nothing.
std::string Inside(const std::function<std::string()>& inside) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = inside();
    [[maybe_unused]] const auto written = write(ends[1], text.data(), text.size());
    _exit(0);
  }
  close(ends[1]);
  std::string said;
  char buffer[4096];
  for (ssize_t size; (size = read(ends[0], buffer, sizeof buffer)) > 0;)
    said.append(buffer, static_cast<std::size_t>(size));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
    said += " [exit status " + std::to_string(WEXITSTATUS(status)) + "]";
  if (!WIFEXITED(status)) said += " [ended by signal " + std::to_string(WTERMSIG(status)) + "]";
  return said;
}

std::string NameOf(int error) {
  return error == 0        ? "ok"
         : error == EPERM  ? "EPERM"
         : error == EACCES ? "EACCES"
                           : std::strerror(error);
}

std::string Open(const char* path, int flags = O_RDONLY) {
  const int file = open(path, flags | O_CLOEXEC, 0600);
  const int error = file < 0 ? errno : 0;
  if (file >= 0) close(file);
  return NameOf(error);
}

/// What execve() of the program says; "ran" if there was nothing to say.
std::string Become(const char* program, const char* argument) {
  const char* arguments[] = {program, argument, nullptr};
  execve(program, const_cast<char* const*>(arguments), environ);
  return NameOf(errno);
}

std::string Call(long result) { return NameOf(result < 0 ? errno : 0); }

class Landlocked : public testing::Test {
 protected:
  void SetUp() override {
    if (LandlockVersion() == 0) GTEST_SKIP() << "the kernel has no Landlock";
  }
};

TEST_F(Landlocked, OnlyNamedFilesAreOpened) {
  const std::string folder = testing::TempDir() + "landlock_" + std::to_string(getpid());
  std::filesystem::create_directories(folder + "/in/deep");
  std::ofstream(folder + "/in/deep/file") << "x";
  std::ofstream(folder + "/out") << "x";
  EXPECT_EQ(Inside([&] {
              if (!RestrictFiles({{folder + "/in"}})) return std::string("not restricted");
              return Open((folder + "/in/deep/file").c_str()) + " " +
                     Open((folder + "/out").c_str()) + " " + Open("/etc/passwd") + " " +
                     Open((folder + "/in/new").c_str(), O_WRONLY | O_CREAT) + " " +
                     Open((folder + "/in/deep/file").c_str(), O_WRONLY) + " " +
                     Open((folder + "/in/../out").c_str()) + " " + Become("/bin/true", "x");
            }),
            "ok EACCES EACCES EACCES EACCES EACCES EACCES");
  std::filesystem::remove_all(folder);
}

TEST_F(Landlocked, AnAgentBecomesItselfAndNothingElse) {
  EXPECT_EQ(Inside([] {
              if (!RestrictFiles(RulesOfAgent({}))) return std::string("not restricted");
              return Become("/bin/sh", "-c") + " " + Become("/usr/bin/env", "x") + " " +
                     Open("/etc/hosts") + " " + Open("/proc/self/status") + " " +
                     Open("/proc/1/cmdline") + " " + Open("/etc/passwd") + " " +
                     Open("/tmp", O_RDONLY | O_DIRECTORY);
            }),
            "EACCES EACCES ok ok EACCES EACCES EACCES");
  std::string ran = Inside([] {
    if (!RestrictFiles(RulesOfAgent({}))) return std::string("not restricted");
    return Become("/proc/self/exe", "--gtest_filter=None.None");
  });
  EXPECT_EQ(ran, "");  // it did become that program
}

TEST_F(Landlocked, ASecondCallFindsTheFirst) {
  EXPECT_EQ(Inside([] {
              const auto first = ConfineAgent(Wanted::kAuto, Execute::kByLandlock, {});
              const auto second = ConfineAgent(Wanted::kRequire, Execute::kByLandlock, {});
              if (!first || !second) return std::string("failed");
              return Describe(*first) == Describe(*second) ? std::string("the same")
                                                           : Describe(*second);
            }),
            "the same");
}

TEST(SystemCalls, ThoseThatNoAgentNeedsAreDenied) {
  if (!CanFilterSystemCalls()) GTEST_SKIP() << "the kernel has no filters";
  EXPECT_EQ(Inside([] {
              if (!DenySystemCalls(Execute::kNever)) return std::string("not denied");
              bpf_attr attributes{};
              return Become("/bin/true", "x") + " " + Call(syscall(SYS_fork)) + " " +
                     Call(syscall(SYS_execveat, -1, "/bin/true", nullptr, nullptr, 0)) + " " +
                     Call(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)) + " " +
                     Call(mount("x", "/tmp", "tmpfs", 0, nullptr)) + " " +
                     Call(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes)) + " " +
                     Call(syscall(SYS_keyctl, 0, 0, 0)) + " " +
                     Call(syscall(SYS_init_module, nullptr, 0, "")) + " " +
                     Call(syscall(SYS_memfd_create, "x", 0)) + " " + Call(unshare(CLONE_NEWUSER)) +
                     " " + Call(syscall(SYS_io_uring_setup, 1, nullptr)) + " " +
                     Call(syscall(SYS_setuid, 0)) + " " + Call(fork());
            }),
            "EPERM EPERM EPERM EPERM EPERM EPERM EPERM EPERM EPERM EPERM EPERM EPERM EPERM");
}

TEST(SystemCalls, ThreadsAndCompiledCodeAreNot) {
  if (!CanFilterSystemCalls()) GTEST_SKIP() << "the kernel has no filters";
  EXPECT_EQ(Inside([] {
              if (!DenySystemCalls(Execute::kNever)) return std::string("not denied");
              std::string said;
              std::thread([&] { said = "thread"; }).join();
              void* code =
                  mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              said += " " + Call(mprotect(code, 4096, PROT_READ | PROT_EXEC));
              return said + " " + Open("/etc/hosts");
            }),
            "thread ok ok");
}

TEST(Programs, NoneIsStartedAndTheRestGoesOn) {
  if (!CanFilterSystemCalls()) GTEST_SKIP() << "the kernel has no filters";
  EXPECT_EQ(Inside([] {
              if (!DenyPrograms()) return std::string("not denied");
              const pid_t child = fork();
              if (child == 0) _exit(Become("/bin/true", "x") == "EPERM" ? 7 : 1);
              int status = 0;
              waitpid(child, &status, 0);
              return Become("/bin/true", "x") + " " + std::to_string(WEXITSTATUS(status));
            }),
            "EPERM 7");
}

/// What the generations of a process that becomes its successor say, in order, and what it ends
/// with. `life` is called in each, with its number.
std::string Generations(const std::function<int(int generation, pid_t parent)>& life) {
  return Inside([&] {
    int ends[2];
    if (pipe(ends) != 0) return std::string("no pipe");
    const pid_t parent = fork();
    if (parent == 0) {
      const pid_t self = getpid();
      if (!BecomeSuccessor()) _exit(99);
      // As many generations as there are bytes in the pipe.
      [[maybe_unused]] const auto said = write(ends[1], "x", 1);
      int count = 0;
      ioctl(ends[0], FIONREAD, &count);
      _exit(life(count, self));
    }
    int status = 0, count = 0;
    waitpid(parent, &status, 0);
    ioctl(ends[0], FIONREAD, &count);
    return std::to_string(count) + (WIFEXITED(status)
                                        ? " status " + std::to_string(WEXITSTATUS(status))
                                        : " signal " + std::to_string(WTERMSIG(status)));
  });
}

TEST(Successors, TakeThePlaceOfWhoAsksOrIsKilled) {
  if (!CanFilterSystemCalls()) GTEST_SKIP() << "the kernel has no filters";
  EXPECT_EQ(Generations([](int generation, pid_t) {
              if (generation == 2) raise(SIGKILL);
              return generation < 4 ? kSuccessor : 3;
            }),
            "4 status 3");
}

TEST(Successors, EndWithWhoWasToEnd) {
  if (!CanFilterSystemCalls()) GTEST_SKIP() << "the kernel has no filters";
  EXPECT_EQ(Generations([](int, pid_t parent) {
              kill(parent, SIGTERM);  // which passes it on
              pause();
              return 5;
            }),
            "1 signal 15");
  EXPECT_EQ(Generations([](int, pid_t parent) {
              signal(SIGTERM, [](int) { _exit(kSuccessor); });
              kill(parent, SIGTERM);
              pause();
              return 5;
            }),
            "1 status 0");
}

TEST(Environment, OnlyWhatIsReadStays) {
  // As the kernel gave it to this program: PWD is there, and nobody here reads it.
  const char* given = std::getenv("PWD");
  if (given == nullptr) GTEST_SKIP() << "nothing in the environment to forget";
  const auto environment = [] {
    std::ifstream file("/proc/self/environ");
    return std::string((std::istreambuf_iterator<char>(file)), {});
  };
  const std::string entry = std::string("PWD=") + given;
  if (environment().find(entry) == std::string::npos) GTEST_SKIP() << "PWD was set later";
  EXPECT_EQ(Inside([&] {
              setenv("LOADCTL_X", "kept", 1);
              ForgetEnvironment();
              return std::string(std::getenv("PATH") != nullptr ? "path " : "") +
                     std::getenv("LOADCTL_X") +
                     (std::getenv("PWD") == nullptr ? " gone" : " there") +
                     (environment().find(entry) == std::string::npos ? " wiped" : " in /proc");
            }),
            "path kept gone wiped");
}

class Groups : public testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void TearDown() override { std::filesystem::remove_all(root); }
  const std::string root = testing::TempDir() + "cgroup_" + std::to_string(getpid());
};

TEST_F(Groups, OfVersion2TheStrictestCounts) {
  Write("/proc/self/mountinfo", "30 1 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  Write("/proc/self/cgroup", "0::/pods/one\n");
  Write("/sys/fs/cgroup/pods/one/memory.max", "max\n");
  Write("/sys/fs/cgroup/pods/memory.max", "1073741824\n");
  Write("/sys/fs/cgroup/pods/memory.current", "4096\n");
  Write("/sys/fs/cgroup/pods/one/cpu.max", "150000 100000\n");
  Write("/sys/fs/cgroup/pods/cpu.max", "max 100000\n");
  const Cgroup group = ReadCgroup(root);
  EXPECT_EQ(group.version, 2);
  EXPECT_EQ(group.memory_limit, 1073741824u);
  EXPECT_EQ(group.memory_used, 4096u);
  EXPECT_EQ(group.cpus, 1.5);
}

TEST_F(Groups, OfVersion1EachControllerHasItsPlace) {
  Write("/proc/self/mountinfo",
        "30 1 0:1 / /cg/memory rw - cgroup cgroup rw,memory\n"
        "31 1 0:2 / /cg/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
  Write("/proc/self/cgroup", "4:memory:/a\n3:cpu,cpuacct:/b\n");
  Write("/cg/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
  Write("/cg/memory/memory.limit_in_bytes", "2147483648\n");
  Write("/cg/cpu,cpuacct/b/cpu.cfs_quota_us", "50000\n");
  Write("/cg/cpu,cpuacct/b/cpu.cfs_period_us", "100000\n");
  const Cgroup group = ReadCgroup(root);
  EXPECT_EQ(group.version, 1);
  EXPECT_EQ(group.memory_limit, 2147483648u);
  EXPECT_EQ(group.cpus, 0.5);
}

TEST_F(Groups, WithoutAnyNothingIsLimited) {
  const Cgroup group = ReadCgroup(root);
  EXPECT_EQ(group.version, 0);
  EXPECT_EQ(group.memory_limit, 0u);
  EXPECT_EQ(group.cpus, 0);
  EXPECT_GE(UsableCores(), 1u);
}

}  // namespace
}  // namespace loadctl::sandbox
