#include "controller/fleet/processes.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "common/wire/frames.h"
#include "loadctl/v1/inspect.pb.h"

extern char** environ;

namespace loadctl::fleet {
namespace {

constexpr char kAgentName[] = "loadctl-agent";
constexpr std::chrono::seconds kAttachPatience{20};

bool IsProgram(const std::string& path) { return access(path.c_str(), X_OK) == 0; }

}  // namespace

Result<std::string> FindAgentProgram() { return FindProgram(kAgentName); }

Result<std::string> FindProgram(const std::string& name) {
  char self[4096];
  const ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
  if (size > 0) {
    std::string path(self, static_cast<std::size_t>(size));
    path = path.substr(0, path.rfind('/') + 1) + name;
    if (IsProgram(path)) return path;
  }
  const char* search = std::getenv("PATH");
  std::string_view rest = search == nullptr ? "" : search;
  while (!rest.empty()) {
    const auto colon = std::min(rest.find(':'), rest.size());
    const std::string path = std::string(rest.substr(0, colon)) + "/" + name;
    if (IsProgram(path)) return path;
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return Fail(name + " was found neither beside loadctl nor in PATH");
}

Result<pid_t> Spawn(const std::string& program, const std::vector<std::string>& arguments,
                    std::initializer_list<int> kept, ChildEnvironment environment) {
  std::vector<char*> argv;
  argv.push_back(const_cast<char*>(program.c_str()));
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  char* none[] = {nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  // A descriptor duplicated onto itself loses its close-on-exec flag.
  for (const int descriptor : kept) {
    if (descriptor >= 0) posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor);
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t no_signals;
  sigemptyset(&no_signals);
  posix_spawnattr_setsigmask(&attributes, &no_signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, program.c_str(), &actions, &attributes, argv.data(),
                                environment == ChildEnvironment::kEmpty ? none : environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return Fail("cannot start " + program + ": " + std::strerror(error));
  return pid;
}

std::string DescribeStatus(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    return "was killed by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
  }
  return "exited with status " + std::to_string(WEXITSTATUS(wait_status));
}

Result<SpareAgent> SpareAgent::Start(const std::string& program, Future future, int files) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return Fail(std::string("socketpair: ") + std::strerror(errno));
  std::vector<std::string> arguments;
  arguments.push_back("--inspect=" + std::to_string(ends[1]));
  if (future == Future::kAgent) arguments.emplace_back("--child=1");
  if (files >= 0) arguments.push_back("--files=" + std::to_string(files));
  auto pid =
      Spawn(program, arguments, {ends[1], files},
            future == Future::kAgent ? ChildEnvironment::kInherited : ChildEnvironment::kEmpty);
  close(ends[1]);
  if (pid) return SpareAgent(*pid, ends[0]);
  close(ends[0]);
  return tl::unexpected(pid.error());
}

SpareAgent::~SpareAgent() {
  if (socket_ >= 0) close(socket_);
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);  // it has nothing to put in order
  waitpid(pid_, nullptr, 0);
}

std::string SpareAgent::End() {
  int status = 0;
  const pid_t pid = std::exchange(pid_, 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() >= deadline) {
      kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
      return "did not answer, and was killed";
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return DescribeStatus(status);
}

Result<pid_t> SpareAgent::GoOn(const std::string& controller, int number) {
  v1::ToInspector message;
  message.mutable_go_on()->set_controller(controller);
  message.mutable_go_on()->set_number(static_cast<std::uint32_t>(number));
  if (!wire::WriteFrame(socket_, message))
    return Fail("the agent that evaluated the script " + End());
  return std::exchange(pid_, 0);
}

LocalAgents::~LocalAgents() { Wait(std::chrono::milliseconds(0)); }

/// Waits until fewer than `most` of the `started` agents are on their way; false: start no more.
bool LocalAgents::Await(int started, int most, const Progress& progress) {
  const auto deadline = std::chrono::steady_clock::now() + kAttachPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    {
      const std::lock_guard lock(mutex_);
      if (one_ended_) return false;
    }
    if (progress.stopped()) return false;
    if (started - progress.attached() < most) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;  // whoever waits for all of them names those that did not come
}

Result<void> LocalAgents::Start(const std::string& program, const std::string& address, int count,
                                const Progress& progress, std::optional<SpareAgent> first,
                                int files) {
  const int at_once = 2 * static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  children_.resize(static_cast<std::size_t>(count));
  int number = 1;
  if (first) {
    LOADCTL_TRY(const pid_t pid, first->GoOn(address, number));
    Watch(number++, pid);
  }
  std::vector<std::string> arguments = {"--child=1", "--controller=" + address};
  if (files >= 0) arguments.push_back("--files=" + std::to_string(files));
  arguments.emplace_back();
  for (; number <= count; ++number) {
    if (!Await(number - 1, at_once, progress)) return {};
    arguments.back() = "--number=" + std::to_string(number);
    LOADCTL_TRY(const pid_t pid, Spawn(program, arguments, {files}, ChildEnvironment::kInherited));
    Watch(number, pid);
  }
  return {};
}

void LocalAgents::Watch(int number, pid_t pid) {
  Child& child = children_[static_cast<std::size_t>(number - 1)];
  child.pid = pid;
  child.waiter = std::thread([this, &child, number, pid] {
    siginfo_t info{};
    // WNOWAIT: the process stays a zombie, so its number cannot be another's when it is killed.
    while (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
    int status = 0;
    std::unique_lock lock(mutex_);
    waitpid(pid, &status, 0);
    child.gone = true;
    const bool expected = waiting_;
    one_ended_ = true;
    lock.unlock();
    if (!expected) ended_(number, DescribeStatus(status));
  });
}

void LocalAgents::Wait(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (auto& child : children_) {
    if (child.pid == 0 || !child.waiter.joinable()) continue;
    while (true) {
      {
        const std::lock_guard lock(mutex_);
        waiting_ = true;
        if (child.gone) break;
        if (std::chrono::steady_clock::now() >= deadline) kill(child.pid, SIGKILL);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    child.waiter.join();
  }
}

}  // namespace loadctl::fleet
