#include "controller/bundle/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace loadctl::controller {
namespace {

using Clock = std::chrono::steady_clock;

/// The two ends of a stream; closed at the end of the scope.
struct Ends {
  int ours = -1, theirs = -1;

  Ends() = default;
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;
  ~Ends() {
    CloseTheirs();
    CloseOurs();
  }
  // Sockets rather than pipes: send() need not raise SIGPIPE.
  bool Open() {
    int both[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) != 0) return false;
    ours = both[0];
    theirs = both[1];
    return fcntl(ours, F_SETFL, O_NONBLOCK) == 0;
  }
  void CloseTheirs() {
    if (theirs >= 0) close(std::exchange(theirs, -1));
  }
  void CloseOurs() {
    if (ours >= 0) close(std::exchange(ours, -1));
  }
};

struct Streams {
  Ends input, output, errors;
};

Result<pid_t> Start(const ProgramRun& run, const Streams& streams) {
  std::vector<char*> argv{const_cast<char*>(run.program.c_str())};
  for (const auto& argument : run.arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  char* none[] = {nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, streams.input.theirs, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, streams.output.theirs, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, streams.errors.theirs, STDERR_FILENO);
  if (!run.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, run.folder.c_str());
  pid_t pid = 0;
  const int error = posix_spawn(&pid, run.program.c_str(), &actions, nullptr, argv.data(),
                                run.environment == ProgramRun::Environment::kOurs ? environ : none);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return Fail("cannot start " + run.program + ": " + std::strerror(error));
  return pid;
}

/// What is there to read, appended; closed at its end. False if that is too much.
bool Take(Ends& from, std::string& into, std::size_t most) {
  char buffer[65536];
  for (;;) {
    const ssize_t size = read(from.ours, buffer, sizeof buffer);
    if (size > 0) {
      if (into.size() + static_cast<std::size_t>(size) > most) return false;
      into.append(buffer, static_cast<std::size_t>(size));
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
      from.CloseOurs();
      return true;
    } else if (errno == EAGAIN) {
      return true;
    }
  }
}

void Give(Ends& to, const std::string& input, std::size_t& given) {
  const ssize_t size =
      send(to.ours, input.data() + given, input.size() - given, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (size > 0) given += static_cast<std::size_t>(size);
  const bool broken = size < 0 && errno != EAGAIN && errno != EINTR;
  if (broken || given == input.size()) to.CloseOurs();
}

/// Until all streams have ended. Why it cannot go on, or an empty text.
std::string Exchange(const ProgramRun& run, Streams& streams, ProgramResult& result) {
  const auto deadline = Clock::now() + run.timeout;
  std::size_t given = 0;
  if (run.input.empty()) streams.input.CloseOurs();
  while (streams.output.ours >= 0 || streams.errors.ours >= 0) {
    pollfd waiting[] = {{streams.input.ours, POLLOUT, 0},
                        {streams.output.ours, POLLIN, 0},
                        {streams.errors.ours, POLLIN, 0}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return "did not end in " + std::to_string(run.timeout.count()) + " s";
    if (poll(waiting, std::size(waiting), static_cast<int>(left.count())) < 0 && errno != EINTR)
      return std::string("poll: ") + std::strerror(errno);
    if (waiting[0].revents != 0) Give(streams.input, run.input, given);
    if ((waiting[1].revents != 0 && !Take(streams.output, result.output, run.most_output)) ||
        (waiting[2].revents != 0 && !Take(streams.errors, result.errors, run.most_output)))
      return "wrote more than " + std::to_string(run.most_output >> 20) + " MiB";
  }
  return "";
}

}  // namespace

Result<ProgramResult> RunProgram(const ProgramRun& run) {
  Streams streams;
  if (!streams.input.Open() || !streams.output.Open() || !streams.errors.Open())
    return Fail("cannot start " + run.program + ": " + std::strerror(errno));
  LOADCTL_TRY(const pid_t pid, Start(run, streams));
  streams.input.CloseTheirs();
  streams.output.CloseTheirs();
  streams.errors.CloseTheirs();
  ProgramResult result;
  const std::string problem = Exchange(run, streams, result);
  if (!problem.empty()) kill(pid, SIGKILL);
  while (waitpid(pid, &result.status, 0) < 0 && errno == EINTR) {
  }
  if (!problem.empty()) return Fail(run.program + " " + problem);
  return result;
}

}  // namespace loadctl::controller
