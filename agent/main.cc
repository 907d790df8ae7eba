// loadctl-agent: runs virtual users for a controller. Composition root: names the concrete parts.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "agent/js/engine.h"
#include "agent/js/shared_pages.h"
#include "agent/modules/registry.h"
#include "agent/net/dns/fence.h"
#include "agent/session/agent_run.h"
#include "agent/session/inspect.h"
#include "agent/session/link.h"
#include "agent/session/pulse.h"
#include "agent/session/service.h"
#include "agent/vu/loop.h"
#include "common/base/duration.h"
#include "common/bundle/shared_files.h"
#include "common/daemon/config_file.h"
#include "common/daemon/core_dumps.h"
#include "common/daemon/endpoint.h"
#include "common/daemon/exhaustion.h"
#include "common/daemon/health.h"
#include "common/daemon/journal.h"
#include "common/daemon/runtime_folder.h"
#include "common/daemon/tls.h"
#include "common/daemon/tls_files.h"
#include "common/sandbox/cgroup.h"
#include "common/sandbox/confinement.h"
#include "common/sandbox/successors.h"
#include "common/text/log_line.h"

namespace loadctl {
namespace {

constexpr char kHelp[] =
    R"(loadctl-agent runs virtual users for a loadctl controller.

Usage:
  loadctl-agent --controller HOST:PORT [flags]

Flags:
      --controller HOST:PORT   the controller to register with; or unix:/path
      --tls-cert FILE          certificate of this agent (PEM); plaintext only on loopback; read
                               again when it changes, as the next two
      --tls-key FILE           its private key
      --tls-ca FILE            the authority that signed the controller's certificate
      --token-file FILE        a token of `loadctl token create` to join by, with --tls-ca and no
                               certificate; or the controller's where there are no certificates
                               (default: that of this user's controller on this machine)
      --deny-net RANGES        addresses that no script reaches, such as 10.0.0.0/8,fd00::/8;
                               cloud machines' metadata and Unix sockets are always among them
      --allow-net RANGES       those that scripts reach all the same; alone: no others; unix:/PATH
                               is a Unix socket, unix: any
      --sandbox auto|require|off  fence this process by Landlock and seccomp: where the kernel has
                               them (default), or not start without, or not at all
      --memory-limit SIZE      put this process into a control group with so much memory (8G)
      --cpu-limit CPUS         the same with so many cores' time (1.5)
      --workers N              worker threads of a run that names none (default: one a core)
      --drain-limit TIME       how long a run may go on when SIGTERM or Ctrl-C asks the agent to end;
                               while it is idle it ends at once (default 30s; 0: at once, always)
      --log-format text|json   how to write log lines (default text; to systemd's journal as its
                               entries)
      --daemon-config FILE     YAML file with the same names, such as "controller: ctl:6566";
                               flags win over it
      --health                 ask the agent that has the same LOADCTL_HEALTH whether it lives: its
                               status and 0, or why not and 1
  -h, --help                   this text
      --version                version of loadctl and of V8

An agent keeps no state: stop it when you like, start as many as you like. It waits for its
controller as long as it takes, does one run at a time, and starts itself afresh after each. A
stream to the controller that breaks is dialled again; after 5 s without one the run is stopped.
SIGTERM ends it after its run, a second one at once; SIGHUP reads certificates again.
)";

constexpr std::string_view kFlags[] = {"sandbox",    "memory-limit", "cpu-limit", "controller",
                                       "tls-cert",   "tls-key",      "tls-ca",    "token-file",
                                       "deny-net",   "allow-net",    "workers",   "drain-limit",
                                       "log-format", "daemon-config"};
// What `loadctl` gives to those it starts.
constexpr std::string_view kInternalFlags[] = {"inspect", "number", "child", "files"};

// A main thread that has not taken up a message for so long never will.
constexpr std::chrono::seconds kMostSilence{30};

char** program_arguments = nullptr;  // main()'s
bool has_parent = false;             // who makes a successor of this process; set before threads
// --log-format; as above
enum class LogFormat { kText, kJson, kJournal } log_format = LogFormat::kText;

// For measuring and debugging: V8's own flags, as on node's command line.
std::string EngineFlags() {
  const char* flags = std::getenv("LOADCTL_V8_FLAGS");
  return flags == nullptr ? "" : flags;
}

std::uint64_t RandomEpoch() {
  std::random_device device;
  const std::uint64_t epoch = (static_cast<std::uint64_t>(device()) << 32) | device();
  return epoch == 0 ? 1 : epoch;
}

/// One line, as the controller writes them. Any thread.
void Say(text::LogLevel level, const std::string& what) {
  text::LogRecord record;
  record.time = std::chrono::system_clock::now();
  record.level = level;
  record.message = what;
  if (log_format == LogFormat::kJournal && daemon::SendToJournal(record, "loadctl-agent")) return;
  const std::string line =
      log_format == LogFormat::kJson ? text::FormatJson(record) : text::FormatPlain(record);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

/// The same process, fresh: no isolate, thread or descriptor of the run before is left, nor its
/// epoch. Allocates nothing: it may be called where nothing else can be trusted any more. With a
/// parent it is another process.
[[noreturn]] void StartAfresh() {
  if (has_parent) _exit(sandbox::kSuccessor);
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  session::Service::HoldSignals();  // one that comes meanwhile waits for the new program
  char self[4096];
  const ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
  if (size > 0) {
    self[size] = '\0';
    execv(self, program_arguments);
  }
  execv("/proc/self/exe", program_arguments);  // the file was replaced
  constexpr char kText[] = "loadctl-agent: cannot start afresh\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, kText, sizeof kText - 1);
  _exit(1);
}

/// An agent that stays comes back by itself, whatever a script did to its process.
void ComeBack() {
  if (session::Service::Ending()) _exit(70);  // it was told to end
  constexpr char kText[] = "loadctl-agent: starts afresh\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, kText, sizeof kText - 1);
  const timespec pause{1, 0};  // not in a circle, should it end at once again
  nanosleep(&pause, nullptr);
  StartAfresh();
}

void ComeBackFrom(int) { ComeBack(); }

void ComeBackAlways() {
  js::SetEndProcess(&ComeBack);
  for (const int broken : {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP})
    signal(broken, &ComeBackFrom);
}

/// How this process came to be: by `loadctl run` on this machine for one run, or by somebody who
/// wants an agent that stays.
enum class Life { kOneRun, kDaemon };

/// How this process serves its controller, and what became of that.
struct Serving {
  Life life;
  std::string address;                       ///< the controller's
  std::uint32_t workers = 0;                 ///< of a run that names none
  std::optional<int> status = std::nullopt;  ///< to end with; none: starts afresh
  bool abandoned = false;                    ///< the link is gone for good
  session::Service* service = nullptr;       ///< of a daemon
};

/// What the end of a link means: an exit status, or to start afresh.
std::optional<int> StatusAfter(session::Link::End end, Life life) {
  if (life == Life::kOneRun || end == session::Link::End::kRefused) return 1;
  return std::nullopt;
}

/// An agent of `loadctl run` is spoken for by that: one error is one line.
text::LogLevel LevelOfLoss(Life life) {
  return life == Life::kOneRun ? text::LogLevel::kWarning : text::LogLevel::kError;
}

/// What the link tells of is done on the conductor; `run` is made before the link starts.
session::Link::Callbacks LinkCallbacks(vu::Loop& conductor, const session::Pulse& pulse,
                                       std::unique_ptr<session::AgentRun>& run, Serving& serving) {
  session::Link::Callbacks callbacks;
  callbacks.silence = [&pulse] { return pulse.Silence(); };
  callbacks.message = [&](v1::ToAgent message) {
    // Agents of other machines do not share this one's cores.
    if (serving.life == Life::kDaemon && message.has_prepare() && message.prepare().workers() == 0)
      message.mutable_prepare()->set_workers(serving.workers);
    conductor.Post([&run, &serving, message = std::move(message)]() mutable {
      if (serving.service != nullptr) serving.service->Works();
      run->Handle(std::move(message));
    });
  };
  callbacks.welcome = [&, registered = false](int agent) mutable {
    if (serving.service != nullptr && !std::exchange(registered, true)) {
      Say(text::LogLevel::kInfo, "registered with the controller at " + serving.address);
      serving.service->Registered();
    }
    if (agent > 0) conductor.Post([&run, agent] { run->set_agent(agent); });
  };
  callbacks.lost = [&](const std::string& why, session::Link::End end) {
    Say(LevelOfLoss(serving.life), "the controller at " + serving.address + " is lost: " + why);
    auto heard = std::make_shared<std::promise<void>>();
    auto hearing = heard->get_future();
    conductor.Post([&, end, heard] {
      serving.abandoned = true;
      serving.status = StatusAfter(end, serving.life);
      run->Abandon();
      heard->set_value();
    });
    // Perhaps it was lost because this process hangs: then somebody is to start it again.
    if (hearing.wait_for(kMostSilence) == std::future_status::ready) return;
    Say(text::LogLevel::kError, "its main thread hangs: the process ends");
    js::EndProcess();
  };
  if (serving.service != nullptr) {
    callbacks.waiting = [&](const std::string& why) {
      serving.service->Waits(why);
      Say(text::LogLevel::kWarning,
          "the controller at " + serving.address + " cannot be reached yet, trying on: " + why);
    };
  }
  return callbacks;
}

/// SIGHUP.
void Reload(daemon::TlsFiles& files) {
  const auto others = files.Refresh(true);
  if (!others)
    Say(text::LogLevel::kError, "the new certificates are not used: " + others.error().message);
  else if (*others)
    Say(text::LogLevel::kInfo, "new certificates are in use for the next stream");
}

int Serve(session::LinkOptions options, Life life, std::uint32_t workers,
          std::chrono::nanoseconds drain_limit) {
  vu::Loop conductor;
  const session::Pulse pulse(conductor);
  session::LoopClock clock(conductor);
  Serving serving{life, options.address, workers};
  std::unique_ptr<session::AgentRun> run;
  std::optional<session::Service> service;
  if (life == Life::kOneRun) {
    serving.status = 0;
  } else {
    service.emplace(session::Service::Parts{conductor, clock, options.address, drain_limit, &Say,
                                            [files = options.tls_files] { Reload(*files); },
                                            [&run](const std::string& line) { run->Warn(line); }});
    serving.service = &*service;
  }
  options.epoch = RandomEpoch();
  auto link =
      std::make_unique<session::Link>(options, LinkCallbacks(conductor, pulse, run, serving));
  run = std::make_unique<session::AgentRun>(
      session::AgentRun::Parts{conductor, clock, *link, modules::AllModules(), options.epoch,
                               [&conductor] { conductor.Stop(); }});
  link->Start();
  conductor.Run();
  if (!serving.abandoned) link->Drain(std::chrono::seconds(2));
  link.reset();
  // The VUs and workers go with the process: ending each isolate in order would take seconds.
  std::fflush(nullptr);
  if (session::Service::Ending()) std::_Exit(0);
  if (serving.status) std::_Exit(*serving.status);
  // Whoever does not want us is not asked ten times a second.
  if (serving.abandoned) std::this_thread::sleep_for(std::chrono::seconds(1));
  // A signal that has come meanwhile is for this program, one that comes later for the next.
  service.reset();
  if (session::Service::Ending()) std::_Exit(0);
  StartAfresh();
}

int Usage(const std::string& error) {
  std::fprintf(stderr, "loadctl-agent: %s\nTry 'loadctl-agent --help'.\n", error.c_str());
  return 255;
}

/// Looks at a script; returns if this process is to go on as an agent of a run on this machine.
session::Belonging Inspect(int descriptor, Life life) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  int status = 1;
  std::optional<session::Belonging> belonging;
  if (life == Life::kOneRun || chdir("/") == 0) {
    js::StartEngine(EngineFlags());
    status = session::Inspect(descriptor, modules::AllModules());
    if (status == 0 && life == Life::kOneRun) belonging = session::AwaitGoOn(descriptor);
  }
  std::fflush(nullptr);
  if (!belonging) std::_Exit(status);
  close(descriptor);
  return *belonging;
}

/// A number of 1..1024, or 0 if the text is none.
std::uint32_t ParseWorkers(const std::string& text) {
  const long value = std::strtol(text.c_str(), nullptr, 10);
  const bool good = !text.empty() && text.size() <= 4 && value >= 1 && value <= 1024 &&
                    text.find_first_not_of("0123456789") == std::string::npos;
  return good ? static_cast<std::uint32_t>(value) : 0;
}

/// 0, or the exit status after a word on what is wrong with the flag.
int ReadLogFormat(daemon::Settings& flags) {
  const std::string format = flags["log-format"];
  if (!format.empty() && format != "text" && format != "json")
    return Usage("--log-format must be text or json, not \"" + format + "\"");
  log_format = format == "json"                                     ? LogFormat::kJson
               : format.empty() && daemon::StandardErrorIsJournal() ? LogFormat::kJournal
                                                                    : LogFormat::kText;
  return 0;
}

// What a cloud machine is told of itself, keys among it: AWS, Azure, Google and others, AWS by
// IPv6, AWS containers, Alibaba, Azure's own, Oracle by its older address.
constexpr char kMetadata[] =
    "169.254.169.254,fd00:ec2::254,169.254.170.2,100.100.100.200,168.63.129.16,192.0.0.192";
// Services of the machine that trust whoever may reach them: docker.sock and its like.
constexpr char kSockets[] = "unix:";

/// 0, or the exit status after a word on what is wrong with the flag.
int ReadDrainLimit(daemon::Settings& flags, std::chrono::nanoseconds& limit) {
  constexpr std::chrono::hours kMost{24 * 7};
  if (!flags.contains("drain-limit")) return 0;
  const auto given = ParseGoDuration(flags["drain-limit"]);
  if (!given || *given < std::chrono::nanoseconds(0) || *given > kMost)
    return Usage("--drain-limit must be a time of 0s to 168h, not \"" + flags["drain-limit"] +
                 "\"");
  limit = *given;
  return 0;
}

/// Before the first thread; 0, or the exit status after a word on what is wrong with the flags.
int RaiseFence(daemon::Settings& flags, Life life) {
  std::string wrong, denied = flags["deny-net"];
  // Ranges that are allowed and none that are denied: then nothing else is reached anyway.
  if (life == Life::kDaemon && (!denied.empty() || flags["allow-net"].empty()))
    denied += (denied.empty() ? "" : ",") + std::string(kMetadata) + ',' + kSockets;
  auto fence = net::Fence::Parse(flags["allow-net"], denied, wrong);
  if (!fence)
    return Usage("--deny-net, --allow-net: \"" + wrong +
                 "\" is no range of addresses and no Unix socket");
  net::SetFence(std::move(*fence));
  return 0;
}

/// `512M`, `8G`; 0 if the text is none such.
std::uint64_t ParseSize(const std::string& text) {
  char* unit = nullptr;
  const unsigned long long number = std::strtoull(text.c_str(), &unit, 10);
  const std::string_view kind = unit;
  const int shift = kind == "K" ? 10 : kind == "M" ? 20 : kind == "G" ? 30 : kind.empty() ? 0 : -1;
  const bool good = !text.empty() && text[0] >= '0' && text[0] <= '9' && shift >= 0 &&
                    number <= (std::uint64_t{1} << 50) >> shift;
  return good ? std::uint64_t{number} << shift : 0;
}

/// `1.5`, of 0.1 to 1024; 0 if the text is none such.
double ParseCpus(const std::string& text) {
  if (text.empty() || text.size() > 8 || text.find_first_not_of("0123456789.") != std::string::npos)
    return 0;
  char* end = nullptr;
  const double cpus = std::strtod(text.c_str(), &end);
  return *end == '\0' && cpus >= 0.1 && cpus <= 1024 ? cpus : 0;
}

/// Of a daemon, before the first thread: its control group. 0, or the exit status.
int LimitMeans(daemon::Settings& flags) {
  constexpr std::uint64_t kLeastMemory = std::uint64_t{256} << 20;
  // Told to the program that this one becomes, which is in that group already.
  constexpr char kLimited[] = "LOADCTL_LIMITED";
  sandbox::Limits limits;
  if (flags.contains("memory-limit")) {
    limits.memory = ParseSize(flags["memory-limit"]);
    if (limits.memory < kLeastMemory)
      return Usage("--memory-limit must be a size of 256M to 1048576G, such as 8G");
  }
  if (flags.contains("cpu-limit")) {
    limits.cpus = ParseCpus(flags["cpu-limit"]);
    if (limits.cpus == 0) return Usage("--cpu-limit must be a number of 0.1 to 1024, such as 1.5");
  }
  if ((limits.memory == 0 && limits.cpus == 0) || std::getenv(kLimited) != nullptr) return 0;
  if (const auto limited = sandbox::LimitSelf(limits); !limited)
    return Usage("--memory-limit, --cpu-limit: " + limited.error().message);
  setenv(kLimited, "1", 1);
  return 0;
}

/// Of a daemon, before the first thread: what no run needs is given up. 0, or the exit status.
int Confine(daemon::Settings& flags) {
  sandbox::ForgetEnvironment();
  if (const int status = LimitMeans(flags)) return status;
  const std::string how = flags["sandbox"];
  if (!how.empty() && how != "auto" && how != "require" && how != "off")
    return Usage("--sandbox must be auto, require or off, not \"" + how + "\"");
  const auto wanted = how == "off"       ? sandbox::Wanted::kOff
                      : how == "require" ? sandbox::Wanted::kRequire
                                         : sandbox::Wanted::kAuto;
  if (sandbox::NeedsSuccessors(wanted)) {
    if (const auto child = sandbox::BecomeSuccessor(); !child) return Usage(child.error().message);
    has_parent = true;
  }
  std::vector<std::string> readable;
  for (const char* flag : {"tls-cert", "tls-key", "tls-ca", "token-file", "daemon-config"}) {
    // Their folders: what is renewed has a new file by the old name.
    if (!flags[flag].empty())
      readable.push_back(std::filesystem::absolute(flags[flag]).parent_path().string());
  }
  // The token of a controller on this machine, which may be written later.
  if (const auto folder = daemon::RuntimeFolder()) readable.push_back(*folder);
  js::SharedPages::Prepare();
  const auto confinement = sandbox::ConfineAgent(
      wanted, has_parent ? sandbox::Execute::kNever : sandbox::Execute::kByLandlock, readable);
  if (!confinement) return Usage(confinement.error().message);
  const bool whole = confinement->landlock != 0 && confinement->system_calls;
  Say(whole ? text::LogLevel::kInfo : text::LogLevel::kWarning,
      "sandbox: " + sandbox::Describe(*confinement));
  return 0;
}

/// How the agent proves itself: by certificate or token. 0, or the exit status after a word on what
/// is wrong with the flags.
int ReadProof(daemon::Settings& flags, session::LinkOptions& options) {
  options.token_file = flags["token-file"];
  auto tls = daemon::TlsFiles::Load({flags["tls-cert"], flags["tls-key"], flags["tls-ca"]},
                                    options.address,
                                    options.token_file.empty() ? daemon::OwnCertificate::kNeeded
                                                               : daemon::OwnCertificate::kIfNamed);
  if (!tls) return Usage(tls.error().message);
  const std::string warning = (*tls)->Current().warning;
  if (!warning.empty()) Say(text::LogLevel::kWarning, warning);
  options.tls_files = std::move(*tls);
  return 0;
}

int TellHealth() {
  const auto health = daemon::AskHealth();
  if (health) std::printf("%s\n", health->c_str());
  if (!health) std::fprintf(stderr, "loadctl-agent: %s\n", health.error().message.c_str());
  return health ? 0 : 1;
}

/// What is asked of the program itself; the exit status then.
std::optional<int> Answer(const std::vector<std::string>& arguments) {
  for (const auto& argument : arguments) {
    if (argument == "-h" || argument == "--help") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (argument == "--version") {
      std::printf("loadctl-agent v%s (commit/%s, V8 %s)\n", LOADCTL_VERSION, LOADCTL_COMMIT,
                  js::EngineVersion().c_str());
      return 0;
    }
    if (argument == "--health") return TellHealth();
  }
  return std::nullopt;
}

int Main(const std::vector<std::string>& arguments) {
  if (const auto status = Answer(arguments)) return *status;
  auto flags = daemon::ReadDaemonFlags(arguments, kFlags, kInternalFlags);
  if (!flags) return Usage(flags.error().message);
  daemon::EndWhenExhausted("loadctl-agent", 70);
  daemon::ForbidCoreDumps();
  if (const auto good = daemon::CheckLimits(daemon::kAgentAddressSpace); !good)
    return Usage(good.error().message);
  signal(SIGPIPE, SIG_IGN);
  const Life life = flags->contains("child") ? Life::kOneRun : Life::kDaemon;
  // Started by `loadctl run` on this machine: its end is ours, and Ctrl-C is its business.
  if (life == Life::kOneRun || flags->contains("inspect")) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
  }
  if (flags->contains("files")) bundle::SharedFiles::Inherit(std::atoi((*flags)["files"].c_str()));
  if (const int status = ReadLogFormat(*flags)) return status;
  daemon::SetUpGrpc();
  session::LinkOptions options;
  if (flags->contains("inspect")) {
    auto belonging = Inspect(std::atoi((*flags)["inspect"].c_str()), life);
    options.address = std::move(belonging.controller);
    options.agent = belonging.number;
    return Serve(std::move(options), life, 0, {});
  }
  options.address = (*flags)["controller"];
  if (options.address.empty()) return Usage("--controller is needed: the address of a controller");
  options.agent = static_cast<std::uint32_t>(std::atoi((*flags)["number"].c_str()));
  std::uint32_t workers = 0;
  if (flags->contains("workers")) {
    workers = ParseWorkers((*flags)["workers"]);
    if (workers == 0) return Usage("--workers must be a number of 1 to 1024");
  }
  std::chrono::nanoseconds drain_limit = std::chrono::seconds(30);
  if (const int status = ReadDrainLimit(*flags, drain_limit)) return status;
  if (const int status = RaiseFence(*flags, life)) return status;
  if (const auto good = daemon::ParseEndpoint(options.address); !good)
    return Usage("--controller: " + good.error().message);
  if (const int status = ReadProof(*flags, options)) return status;
  if (life == Life::kDaemon) {
    if (const int status = Confine(*flags)) return status;
    options.first_patience = std::chrono::milliseconds(0);
    ComeBackAlways();
    session::Service::HoldSignals();
  }
  if (workers == 0) workers = sandbox::UsableCores();  // by the group that it is in now
  Result<std::unique_ptr<daemon::HealthSocket>> health;
  if (life == Life::kDaemon) health = daemon::HealthSocket::Open();
  if (!health) return Usage(health.error().message);
  js::StartEngine(EngineFlags());
  return Serve(std::move(options), life, workers, drain_limit);
}

}  // namespace
}  // namespace loadctl

int main(int argc, char** argv) {
  loadctl::program_arguments = argv;
  return loadctl::Main({argv + 1, argv + argc});
}
