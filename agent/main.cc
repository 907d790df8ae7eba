// loadctl-agent: runs virtual users for a controller. Composition root: names the concrete parts.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "agent/js/engine.h"
#include "agent/modules/registry.h"
#include "agent/session/agent_run.h"
#include "agent/session/inspect.h"
#include "agent/session/link.h"
#include "agent/vu/loop.h"

namespace loadctl {
namespace {

constexpr char kHelp[] =
    R"(loadctl-agent runs virtual users for a loadctl controller.

Usage:
  loadctl-agent --controller HOST:PORT [flags]

Flags:
      --controller HOST:PORT   the controller to register with; or unix:/path
      --tls-cert FILE          certificate of this agent (PEM); plaintext only on loopback
      --tls-key FILE           its private key
      --tls-ca FILE            the authority that signed the controller's certificate
  -h, --help                   this text
      --version                version of loadctl and of V8

An agent keeps no state: stop it when you like, start as many as you like.
)";

// Scripts hold many sockets; unlike Go, C++ programs do not raise the soft limit by themselves.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

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

bool ReadFile(const std::string& path, std::string& into) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  into = text.str();
  return static_cast<bool>(file);
}

bool IsLoopback(const std::string& address) {
  return address.rfind("unix:", 0) == 0 || address.rfind("127.", 0) == 0 ||
         address.rfind("localhost:", 0) == 0 || address.rfind("[::1]:", 0) == 0;
}

int Serve(session::LinkOptions options) {
  js::StartEngine(EngineFlags());
  vu::Loop conductor;
  std::unique_ptr<session::Link> link;
  int status = 0;
  options.epoch = RandomEpoch();
  session::AgentRun run(
      conductor,
      {[&](v1::FromAgent message) { link->Send(std::move(message)); },
       [&](v1::FromAgent message) { link->Tell(std::move(message)); }, [&] { conductor.Stop(); }},
      modules::AllModules(), options.epoch);
  link = std::make_unique<session::Link>(
      options, session::Link::Callbacks{
                   [&](v1::ToAgent message) {
                     conductor.Post([&run, message = std::move(message)]() mutable {
                       run.Handle(std::move(message));
                     });
                   },
                   [&](int agent) { conductor.Post([&run, agent] { run.set_agent(agent); }); },
                   [&](const std::string& why) {
                     std::fprintf(stderr, "loadctl-agent: the controller at %s is lost: %s\n",
                                  options.address.c_str(), why.c_str());
                     conductor.Post([&] {
                       status = 1;
                       run.Abandon();
                     });
                   }});
  conductor.Run();
  if (status == 0) link->Drain(std::chrono::seconds(2));
  link.reset();
  // The VUs and workers go with the process: ending each isolate in order would take seconds.
  std::fflush(nullptr);
  std::_Exit(status);
}

int Usage(const std::string& error) {
  std::fprintf(stderr, "loadctl-agent: %s\nTry 'loadctl-agent --help'.\n", error.c_str());
  return 255;
}

int Main(int argc, char** argv) {
  std::map<std::string, std::string> flags;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "-h" || flag == "--help") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (flag == "--version") {
      std::printf("loadctl-agent v%s (V8 %s)\n", LOADCTL_VERSION, js::EngineVersion().c_str());
      return 0;
    }
    const auto equals = flag.find('=');
    const std::string name = flag.substr(0, equals);
    if (name != "--controller" && name != "--tls-cert" && name != "--tls-key" &&
        name != "--tls-ca" && name != "--inspect" && name != "--number" && name != "--child")
      return Usage("unknown flag: " + name);
    if (equals != std::string::npos) {
      flags[name] = flag.substr(equals + 1);
    } else if (i + 1 < argc) {
      flags[name] = argv[++i];
    } else {
      return Usage("flag needs an argument: " + name);
    }
  }
  RaiseDescriptorLimit();
  signal(SIGPIPE, SIG_IGN);
  // Started by `loadctl run` on this machine: its end is ours, and Ctrl-C is its business.
  if (flags.contains("--child") || flags.contains("--inspect")) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
  }
  if (flags.contains("--inspect")) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (chdir("/") != 0) return 1;
    js::StartEngine();
    const int status =
        session::Inspect(std::atoi(flags["--inspect"].c_str()), modules::AllModules());
    std::fflush(nullptr);
    std::_Exit(status);
  }
  session::LinkOptions options;
  options.address = flags["--controller"];
  if (options.address.empty()) return Usage("--controller is needed: the address of a controller");
  options.agent = static_cast<std::uint32_t>(std::atoi(flags["--number"].c_str()));
  for (const auto& [flag, text] :
       {std::pair{"--tls-cert", &options.tls_cert}, std::pair{"--tls-key", &options.tls_key},
        std::pair{"--tls-ca", &options.tls_ca}}) {
    if (flags.contains(flag) && !ReadFile(flags[flag], *text))
      return Usage(std::string(flag) + ": cannot read " + flags[flag]);
  }
  if (options.tls_ca.empty() && !IsLoopback(options.address)) {
    return Usage("plaintext is allowed on loopback only: " + options.address +
                 " needs --tls-cert, --tls-key and --tls-ca (made by `loadctl certs DIR`)");
  }
  return Serve(std::move(options));
}

}  // namespace
}  // namespace loadctl

int main(int argc, char** argv) { return loadctl::Main(argc, argv); }
