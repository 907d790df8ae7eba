#include "controller/cli/kube_run.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "common/text/number.h"
#include "controller/bundle/subprocess.h"
#include "controller/fleet/processes.h"

namespace loadctl::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kStart = 5min;    // for all pods
constexpr auto kPatience = 20s;  // with what time alone seldom mends; an image is tried twice then
constexpr auto kLook = 100ms;

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The port in `Forwarding from 127.0.0.1:40123 -> 6566`; 0: not yet.
int ForwardedPort(const std::string& text) {
  constexpr std::string_view kBegin = "Forwarding from 127.0.0.1:";
  const auto at = text.find(kBegin);
  if (at == std::string::npos) return 0;
  const auto begin = at + kBegin.size();
  const auto port = text::ParseGoInt(text.substr(begin, text.find(' ', begin) - begin));
  return port && *port > 0 && *port < 65536 ? static_cast<int>(*port) : 0;
}

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

Result<void> ReadKubeFlags(plan::CommandLine& line) {
  if (!line.Has("kube")) {
    for (const char* flag : {"kube-image", "kube-namespace", "kube-context", "kube-resources"})
      if (!line.Text(flag).empty()) return Fail("--" + std::string(flag) + " goes with --kube");
    return {};
  }
  if (!line.fleet.controller.empty()) return Fail("--kube and --controller exclude each other");
  if (line.detach) return Fail("--kube: a run that is left alone has no pods; use a --controller");
  if (!line.fleet.tls_cert.empty() || !line.fleet.tls_key.empty() || !line.fleet.tls_ca.empty() ||
      !line.fleet.token_file.empty())
    return Fail(
        "--kube makes certificates of its own: --tls-* and --token-file are for --controller");
  KubePods unused;
  LOADCTL_CHECK_OK(ReadKubeResources(line.Text("kube-resources"), unused));
  line.fleet.controller = "Kubernetes";
  return {};
}

KubeRun::KubeRun(const plan::CommandLine& line, terminal::Logger& logger)
    : line_(line), logger_(logger) {}

Result<std::unique_ptr<KubeRun>> KubeRun::Start(const plan::CommandLine& line, const RunId& run,
                                                terminal::Logger& logger, Signals& signals) {
  std::unique_ptr<KubeRun> pods(new KubeRun(line, logger));
  auto program = fleet::FindProgram("kubectl");
  if (!program) return Fail("--kube needs kubectl in PATH");
  pods->program_ = *program;
  pods->pods_.name = "loadctl-" + run.text;
  pods->pods_.agents = static_cast<int>(line.fleet.agents.value_or(1));
  pods->pods_.image = line.Text("kube-image", "loadctl:" LOADCTL_VERSION);
  LOADCTL_CHECK_OK(ReadKubeResources(line.Text("kube-resources"), pods->pods_));
  std::error_code none;
  std::string folder =
      (std::filesystem::temp_directory_path(none) / "loadctl-kube-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return Fail("cannot make a folder for certificates");
  pods->folder_ = folder;
  LOADCTL_CHECK_OK(pods->Make(signals));
  return pods;
}

KubeRun::~KubeRun() {
  ending_ = true;
  if (const pid_t pid = forwarder_; pid > 0) kill(pid, SIGTERM);
  if (keeper_.joinable()) keeper_.join();
  if (made_) {
    const auto gone = Kubectl({"delete", "job", pods_.name, "--cascade=background", "--wait=false",
                               "--ignore-not-found"});
    if (!gone)
      logger_.Warn("the pods of the run go by themselves in some minutes: " + gone.error().message);
  }
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

RemoteController KubeRun::controller() const {
  const std::string client = folder_ + "/certs/client";
  return {"127.0.0.1:" + std::to_string(port_),
          {client + ".pem", client + ".key", folder_ + "/certs/ca.pem"},
          "",
          false};
}

Result<std::string> KubeRun::Kubectl(std::vector<std::string> words,
                                     const std::string& input) const {
  controller::ProgramRun run;
  run.program = program_;
  run.environment = controller::ProgramRun::Environment::kOurs;
  for (const auto& [flag, name] :
       {std::pair{"--context", "kube-context"}, {"--namespace", "kube-namespace"}})
    if (!line_.Text(name).empty()) run.arguments.push_back(flag + ("=" + line_.Text(name)));
  run.arguments.insert(run.arguments.end(), words.begin(), words.end());
  run.input = input;
  LOADCTL_TRY(const auto done, controller::RunProgram(run));
  if (done.status == 0) return done.output;
  return Fail("kubectl " + words.front() + ": " +
              Trimmed(done.errors.empty() ? fleet::DescribeStatus(done.status) : done.errors));
}

Result<std::string> KubeRun::Create(const boost::json::object& object,
                                    const std::string& print) const {
  LOADCTL_TRY(const std::string text, Kubectl({"create", "-f", "-", "-o", "jsonpath=" + print},
                                              boost::json::serialize(object)));
  return Trimmed(text);
}

Result<void> KubeRun::Make(Signals& signals) {
  signals.Trap([this](const std::string&) { stopped_ = true; },
               [] { std::_Exit(ExitStatus(ErrorCode::kSignal)); });
  struct Released {
    Signals& signals;
    ~Released() { signals.Release(); }
  } released{signals};
  logger_.Info("starting " + std::to_string(pods_.agents) +
               (pods_.agents == 1 ? " agent" : " agents") + " in Kubernetes, as job/" + pods_.name);
  LOADCTL_TRY(pods_.owner, Create(KubeController(pods_), "{.metadata.uid}"));
  made_ = true;
  LOADCTL_TRY(pods_.address, Create(KubeService(pods_), "{.spec.clusterIP}"));
  if (pods_.address.empty() || pods_.address == "None")
    return Fail("kubectl create: the Service " + pods_.name + " got no cluster IP");
  controller::ProgramRun certs;
  LOADCTL_TRY(certs.program, fleet::FindProgram("loadctl"));
  certs.arguments = {"certs", "--days", "2", "--host", pods_.address, folder_ + "/certs"};
  LOADCTL_TRY(const auto certified, controller::RunProgram(certs));
  if (certified.status != 0) return Fail("loadctl certs: " + Trimmed(certified.errors));
  LOADCTL_TRY(const auto secret, KubeSecret(pods_, folder_ + "/certs"));
  LOADCTL_TRY([[maybe_unused]] const auto named, Create(secret, "{.metadata.name}"));
  LOADCTL_TRY([[maybe_unused]] const auto agents, Create(KubeAgents(pods_), "{.metadata.name}"));
  LOADCTL_CHECK_OK(Await());
  return Forward();
}

Result<void> KubeRun::Await() {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  KubeObstacle known;
  auto since = begin;
  while (true) {
    if (stopped_) return Fail(ErrorCode::kSignal, "the run was stopped before its pods were ready");
    LOADCTL_TRY(const KubeState state, Look(Clock::now() - begin > kPatience / 4));
    if (state.controller && state.agents >= pods_.agents) return {};
    const auto now = Clock::now();
    const KubeObstacle found = state.obstacles.empty() ? KubeObstacle{} : state.obstacles.front();
    // Its words change as an image is tried again; what it is does not.
    if (found.lasting != known.lasting || found.text.empty()) since = now;
    if (known.text.empty() && !found.text.empty()) logger_.Warn(found.text);
    known = found;
    const bool lasts = known.lasting && now - since > kPatience;
    if (lasts || now - begin > kStart)
      return Fail("the pods do not run after " +
                  std::to_string(std::chrono::round<std::chrono::seconds>(now - begin).count()) +
                  " s: " + (known.text.empty() ? "Kubernetes does not say why" : known.text));
    std::this_thread::sleep_for(kLook * 5);
  }
}

/// At all pods, and, where some are missing, at what refuses them.
Result<KubeState> KubeRun::Look(bool late) const {
  LOADCTL_TRY(const std::string pods,
              Kubectl({"get", "pods", "-l", "loadctl.dev/run=" + pods_.name, "-o", "json"}));
  LOADCTL_TRY(KubeState state, ReadKubePods(pods));
  if (!late || !state.obstacles.empty()) return state;
  // Events may be nobody's to read: then it is not known.
  if (!state.controller || state.agent_pods < pods_.agents) {
    const auto events =
        Kubectl({"get", "events", "--field-selector", "reason=FailedCreate", "-o", "json"});
    if (auto refused = events ? ReadKubeEvents(*events, pods_.name) : std::nullopt)
      state.obstacles.push_back(*std::move(refused));
  }
  return state;
}

void KubeRun::TellOfLost() const {
  const auto state = Look(false);
  if (!state) return;
  for (const KubeObstacle& one : state->obstacles) logger_.Warn(one.text);
}

Result<void> KubeRun::Forward() {
  const std::string log = folder_ + "/forward.log";
  // Ends with this program, however that ends; its words go into a file.
  std::vector<std::string> words = {
      "--pdeathsig", "TERM", "--", "/bin/sh", "-c", "exec \"$@\" >\"$0\" 2>&1", log, program_};
  for (const auto& [flag, name] :
       {std::pair{"--context", "kube-context"}, {"--namespace", "kube-namespace"}})
    if (!line_.Text(name).empty()) words.push_back(flag + ("=" + line_.Text(name)));
  words.insert(words.end(), {"port-forward", "job/" + pods_.name,
                             (port_ == 0 ? std::string() : std::to_string(port_)) + ":6566"});
  LOADCTL_TRY(const pid_t pid,
              fleet::Spawn("/usr/bin/setpriv", words, {}, fleet::ChildEnvironment::kInherited));
  forwarder_ = pid;
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (port_ == 0) {
    port_ = ForwardedPort(Read(log));
    int status = 0;
    if (port_ == 0 && waitpid(pid, &status, WNOHANG) == pid) {
      forwarder_ = 0;
      return Fail("kubectl port-forward: " + Trimmed(Read(log)));
    }
    if (port_ == 0 && std::chrono::steady_clock::now() > end)
      return Fail("kubectl port-forward: no port after 30 s: " + Trimmed(Read(log)));
    std::this_thread::sleep_for(kLook / 5);
  }
  if (!keeper_.joinable()) keeper_ = std::thread([this] { KeepForwarding(); });
  return {};
}

/// kubectl gives up when a connection of its own breaks; the client comes back on the same port.
void KubeRun::KeepForwarding() {
  while (!ending_) {
    int status = 0;
    if (const pid_t pid = forwarder_; pid > 0 && waitpid(pid, &status, 0) == pid) forwarder_ = 0;
    if (ending_) return;
    std::this_thread::sleep_for(kLook);
    if (const auto again = Forward(); !again) logger_.Warn(again.error().message);
  }
}

}  // namespace loadctl::cli
