// `loadctl doctor`: whether this machine is ready for a test, and a controller within reach.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "common/daemon/config_file.h"
#include "common/daemon/tls.h"
#include "controller/cli/commands.h"
#include "controller/doctor/certificates.h"
#include "controller/doctor/check.h"
#include "controller/doctor/fleet.h"
#include "controller/doctor/machine.h"
#include "controller/doctor/reach.h"
#include "controller/fleet/processes.h"
#include "controller/http/client.h"
#include "controller/service/runs_client.h"

namespace loadctl::cli {
namespace {

using namespace std::chrono_literals;

constexpr char kHelp[] =
    R"(Say whether this machine is ready for a test, whether a controller can be reached, and what to do.

Usage:
  loadctl doctor [flags]

Examples:
  loadctl doctor
  loadctl doctor --controller ctl.example:6566 --tls-cert client.pem --tls-key client.key --tls-ca ca.pem
  loadctl doctor --controller 127.0.0.1:6566 --metrics http://127.0.0.1:9090/metrics --json

Flags:
      --controller HOST:PORT  a controller: whether it lets this client in, and how fast
      --tls-cert FILE         certificate of this client (PEM); plaintext only on loopback
      --tls-key FILE          its private key
      --tls-ca FILE           the authority that signed the controller's certificate
      --token-file FILE       the token of a controller without certificates (default: of this user)
      --metrics URL           the controller's metrics, as Prometheus scrapes them
      --json                  one JSON object, for programs
  -h, --help                  this text

Each line is ok, warn (a test runs, but may measure the generator) or fail (it does not run, or its
result cannot be trusted), with a cure below it. The exit status is 1 where something fails, else 0.
)";

constexpr std::string_view kFlags[] = {"controller", "tls-cert", "tls-key",
                                       "tls-ca",     "metrics",  "token-file"};

/// The first line of what a program prints.
std::string FirstLineOf(const std::string& program, const std::string& argument) {
  std::string quoted = "'";
  for (const char c : program) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
      popen((quoted + "' " + argument + " 2>/dev/null").c_str(), "r"), pclose);
  char line[256] = "";
  if (!pipe || std::fgets(line, sizeof line, pipe.get()) == nullptr) return "";
  std::string text = line;
  text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
  return text;
}

doctor::Checks JudgePrograms() {
  doctor::Checks checks;
  const auto agent = fleet::FindAgentProgram();
  const std::string said = agent ? FirstLineOf(*agent, "--version") : "";
  const std::string wanted = std::string("loadctl-agent v") + LOADCTL_VERSION + " ";
  if (said.starts_with(wanted)) {
    checks.push_back({"agent program", doctor::State::kOk, said, ""});
  } else {
    checks.push_back({"agent program", doctor::State::kFail,
                      !agent         ? agent.error().message
                      : said.empty() ? *agent + " does not start"
                                     : said + ", and this is loadctl v" + LOADCTL_VERSION,
                      "keep loadctl and loadctl-agent of one version in one folder"});
  }
  const auto esbuild = fleet::FindProgram("loadctl-esbuild");
  checks.push_back(esbuild ? doctor::Check{"esbuild", doctor::State::kOk, *esbuild, ""}
                           : doctor::Check{"esbuild", doctor::State::kWarn,
                                           "not found: no TypeScript, no packages of npm",
                                           "keep loadctl-esbuild beside loadctl"});
  return checks;
}

doctor::Check Scrape(const std::string& url) {
  http::ClientOptions options;
  options.timeout = 10s;
  options.most_body = std::size_t{16} << 20;
  http::Client client(std::move(options));
  const auto outcome = client.Get(url);
  if (const auto* none = std::get_if<http::NoAnswer>(&outcome))
    return doctor::JudgeScrape(url, 0, "", none->why);
  const auto& answer = std::get<http::Answer>(outcome);
  return doctor::JudgeScrape(url, answer.status, answer.body,
                             answer.cut ? "an endless answer" : "");
}

doctor::Controller FromProto(const v1::AgentList& list, std::chrono::nanoseconds round_trip) {
  doctor::Controller controller;
  controller.version = list.version();
  const std::chrono::nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
  controller.clock_ahead = std::chrono::nanoseconds(list.unix_ns()) - (now - round_trip / 2);
  controller.certificate_ends_unix_s = list.certificate_ends_unix_s();
  for (const auto& agent : list.agents()) {
    auto& one = controller.agents.emplace_back();
    one.name = agent.name();
    one.version = agent.version();
    one.idle = agent.state() == v1::RegisteredAgent::IDLE;
    one.round_trip = std::chrono::nanoseconds(agent.round_trip_ns());
    one.certificate_ends_unix_s = agent.certificate_ends_unix_s();
    if (agent.clock_known()) one.clock_ahead = std::chrono::nanoseconds(agent.clock_ahead_ns());
  }
  return controller;
}

/// Whether the controller answers, or why not, and what is wrong with it and its agents.
doctor::Checks AskController(const std::string& address, const daemon::Tls& files,
                             const std::string& token_file) {
  const auto failed = [&](const std::string& why) {
    return doctor::Checks{
        {"controller", doctor::State::kFail, why,
         "start `loadctl controller` there, and let this machine reach its port"}};
  };
  wire::DialOptions options;
  options.address = address;
  options.token_file = token_file;
  auto tls = daemon::LoadTls(files, address);
  if (!tls) return failed(tls.error().message);
  options.tls = std::move(*tls);
  service::RunsClient client(std::move(options));
  // The second question is timed: the first one had to connect.
  if (const auto first = client.ListAgents(); !first) return failed(first.error().message);
  const auto before = std::chrono::steady_clock::now();
  const auto agents = client.ListAgents();
  if (!agents) return failed(agents.error().message);
  const auto round_trip = std::chrono::steady_clock::now() - before;
  doctor::Checks checks = {doctor::JudgeAnswer(round_trip)};
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const auto more = doctor::JudgeController(FromProto(*agents, round_trip), LOADCTL_VERSION, now);
  checks.insert(checks.end(), more.begin(), more.end());
  return checks;
}

}  // namespace

int Doctor(std::span<const std::string> arguments) {
  std::vector<std::string> rest;
  bool json = false;
  for (const std::string& argument : arguments) {
    if (argument == "-h" || argument == "--help") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (argument == "--json") {
      json = true;
    } else {
      rest.push_back(argument);
    }
  }
  auto flags = daemon::ReadDaemonFlags(rest, kFlags);
  if (!flags) {
    std::fprintf(stderr, "loadctl doctor: %s\nTry 'loadctl doctor --help'.\n",
                 flags.error().message.c_str());
    return ExitStatus(flags.error().code);
  }
  daemon::SetUpGrpc();
  auto& given = *flags;
  doctor::Checks checks = doctor::JudgeMachine(doctor::ReadMachine(1s));
  const auto add = [&](const doctor::Checks& more) {
    checks.insert(checks.end(), more.begin(), more.end());
  };
  add(JudgePrograms());
  const daemon::Tls files{given["tls-cert"], given["tls-key"], given["tls-ca"]};
  add(doctor::JudgeTlsFiles(files, given["controller"]));
  if (!given["controller"].empty())
    add(AskController(given["controller"], files, given["token-file"]));
  if (!given["metrics"].empty()) add({Scrape(given["metrics"])});
  std::fputs((json ? doctor::ToJson(checks) : doctor::ToText(checks)).c_str(), stdout);
  return doctor::ExitStatusOf(checks);
}

}  // namespace loadctl::cli
