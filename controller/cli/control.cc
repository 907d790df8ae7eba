// `loadctl pause`, `resume`, `scale`, `status`, `stats`, `agents` and `stop`.
#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "common/daemon/tls.h"
#include "common/daemon/token.h"
#include "common/text/flags.h"
#include "common/text/json_value.h"
#include "common/text/number.h"
#include "common/text/quote.h"
#include "controller/cli/commands.h"
#include "controller/cli/control_text.h"
#include "controller/cli/fleet_agents.h"
#include "controller/cli/screen.h"
#include "controller/cli/table.h"
#include "controller/rest/local_runs.h"
#include "controller/web/client.h"

namespace loadctl::cli {
namespace json = boost::json;
namespace {

using namespace std::chrono_literals;

// Scaling waits until surplus iterations have ended and further VUs are made.
constexpr auto kPatience = 120s;
constexpr auto kNamePatience = 2s;

struct ControlCommand {
  const char* name;
  const char* help;
};
constexpr auto kCommands = std::to_array<ControlCommand>({
    {"status", "Show what the running tests of this user are doing."},
    {"agents",
     "Show the agents of a running test, or with --controller all that a controller has."},
    {"stats", "Show the metrics of a running test."},
    {"pause", "Pause a running test: iterations end, none starts, its clock stands still."},
    {"resume", "Let a paused test go on, or start one that was begun with --paused."},
    {"scale", "Set the VUs of the externally-controlled scenario of a running test."},
    {"stop", "Stop a running test: iterations are cut, teardown() runs, exit code 103."},
});

struct ControlFlags {
  bool help = false, json = false;
  std::string address, token_file, tls_ca, controller, tls_cert, tls_key;
  std::optional<std::int64_t> pid, vus, max;
};

constexpr text::Flag kAddress = {"address", 'a', "HOST:PORT",
                                 "of the test's REST API, such as localhost:6565; also K6_ADDRESS "
                                 "(default: the only test of this "
                                 "user that runs on this machine)"};
constexpr text::Flag kPid = {"pid", 0, "N", "of the test, if this user runs several"};
constexpr text::Flag kTokenFile = {"token-file", 0, "FILE",
                                   "the token for --address, if it asks for one (default: that of "
                                   "this user's test on this machine)"};
constexpr text::Flag kTlsCa = {
    "tls-ca", 0, "FILE", "PEM certificate of the authority of --address, which is then https"};
constexpr text::Flag kController = {"controller", 0, "HOST:PORT",
                                    "the controller, with --tls-ca and --token-file of its own"};
constexpr text::Flag kTlsCert = {"tls-cert", 0, "FILE",
                                 "certificate of this client (PEM), for --controller"};
constexpr text::Flag kTlsKey = {"tls-key", 0, "FILE", "its private key"};
constexpr text::Flag kJson = text::Switch("json", 0, "print JSON for programs, an object a line");
constexpr text::Flag kVus = {"vus", 'u', "N", "number of VUs"};
constexpr text::Flag kMax = {"max", 'm', "N", "largest number of VUs that there may be"};

std::vector<text::Flag> FlagsOf(const std::string& command) {
  std::vector<text::Flag> flags = {kAddress, kPid, kTokenFile, kTlsCa, kJson};
  if (command == "agents") flags.insert(flags.end(), {kController, kTlsCert, kTlsKey});
  if (command == "scale") flags.insert(flags.end(), {kVus, kMax});
  flags.push_back(text::Switch("help", 'h', "this text"));
  return flags;
}

std::string Usage(const ControlCommand& command) {
  return std::string(command.help) + "\n\nUsage:\n  loadctl " + command.name +
         " [flags]\n\nFlags:\n" + text::DescribeFlags(FlagsOf(command.name));
}

Result<std::optional<std::int64_t>> NumberOf(const text::GivenFlags& given,
                                             const text::Flag& flag) {
  if (!given.Has(flag.name)) return std::optional<std::int64_t>();
  const std::string value = given.Last(flag.name);
  const auto number = text::ParseGoInt(value);
  if (!number) return Fail(text::WrongValue(flag, value, "it must be a whole number, such as 10"));
  return std::optional<std::int64_t>(*number);
}

Result<ControlFlags> ParseControlFlags(const std::string& command,
                                       std::span<const std::string> arguments) {
  LOADCTL_TRY(const text::GivenFlags given, text::ParseFlags(FlagsOf(command), arguments));
  ControlFlags flags;
  flags.help = given.IsOn("help");
  if (flags.help) return flags;
  flags.json = given.IsOn("json");
  if (!given.arguments().empty()) {
    return Fail("unknown command " + text::QuoteGo(given.arguments().front()) + " for \"loadctl " +
                command + "\"");
  }
  const char* variable = std::getenv("K6_ADDRESS");
  flags.address = given.Last("address", variable == nullptr ? "" : variable);
  flags.token_file = given.Last("token-file");
  flags.tls_ca = given.Last("tls-ca");
  flags.controller = given.Last("controller");
  flags.tls_cert = given.Last("tls-cert");
  flags.tls_key = given.Last("tls-key");
  if (given.Has("controller") && (given.Has("address") || given.Has("pid")))
    return Fail(
        "--controller is for the agents of a controller, --address and --pid for those of a test");
  LOADCTL_TRY(flags.pid, NumberOf(given, kPid));
  LOADCTL_TRY(flags.vus, NumberOf(given, kVus));
  LOADCTL_TRY(flags.max, NumberOf(given, kMax));
  return flags;
}

Result<json::value> ReadAnswer(const std::string& address, const web::Answer& answer) {
  boost::system::error_code error;
  json::value value = text::ReadJson(answer.body, error);
  if (answer.status == 401)
    return Fail(address + " asks for a token: name its file with --token-file");
  if (answer.status != 200) {
    const json::array* errors = At(value, "errors").if_array();
    if (errors == nullptr || errors->empty())
      return Fail(address + " answered with status " + std::to_string(answer.status));
    const auto said = [&](const char* key) {
      const json::value& text = At(errors->front(), key);
      return text.is_string() ? std::string(text.get_string()) : json::serialize(text);
    };
    return Fail(said("title") + ": " + said("detail"));
  }
  if (error || !value.is_object()) return Fail(address + " did not answer as a test does");
  return value;
}

/// What a run says of itself.
Result<json::value> Describe(const std::string& address, const web::Asking& asking,
                             std::chrono::seconds patience = kPatience) {
  LOADCTL_TRY(const auto answer, web::Ask(address, "GET", "/loadctl/run", "", patience, asking));
  return ReadAnswer(address, answer);
}

/// The script of a run, for people.
std::string NameOf(const rest::LocalRun& run) {
  const auto about = Describe(run.address, {}, kNamePatience);
  if (!about) return "?";
  const json::value& script = At(*about, "script");
  return script.is_string() ? Printable(std::string(script.get_string())) : "?";
}

Result<std::string> FindRun(const ControlFlags& flags) {
  if (!flags.address.empty() && !flags.pid) {
    return flags.address.starts_with(':') ? "localhost" + flags.address : flags.address;
  }
  LOADCTL_TRY(const std::string folder, rest::RunsFolder());
  const auto runs = rest::FindLocalRuns(folder);
  if (flags.pid) {
    const auto run = std::find_if(runs.begin(), runs.end(),
                                  [&](const auto& one) { return one.pid == *flags.pid; });
    if (run != runs.end()) return run->address;
    return Fail("no test of this user runs in process " + std::to_string(*flags.pid) +
                " on this machine");
  }
  if (runs.empty()) {
    return Fail("no test of this user runs on this machine; --address names one elsewhere");
  }
  if (runs.size() == 1) return runs.front().address;
  std::string text = "several tests of this user run on this machine; choose by --pid:";
  for (const auto& run : runs) text += "\n  --pid " + std::to_string(run.pid) + "  " + NameOf(run);
  return Fail(text);
}

std::string BodyOf(const std::string& command, const ControlFlags& flags) {
  std::string attributes;
  if (command == "pause") attributes = "\"paused\":true";
  if (command == "resume") attributes = "\"paused\":false";
  if (command == "stop") attributes = "\"stopped\":true";
  if (flags.vus) attributes += "\"vus\":" + std::to_string(*flags.vus);
  if (flags.max) {
    attributes +=
        std::string(attributes.empty() ? "" : ",") + "\"vus-max\":" + std::to_string(*flags.max);
  }
  return "{\"data\":{\"type\":\"status\",\"id\":\"default\",\"attributes\":{" + attributes + "}}}";
}

std::string Line(const json::value& value) { return json::serialize(value) + "\n"; }

/// Of the run that the flags name, or of all of this user's on this machine.
Result<std::string> Status(const ControlFlags& flags, const web::Asking& asking) {
  std::vector<json::value> about;
  const auto runs = rest::RunsFolder().map(rest::FindLocalRuns);
  if (flags.address.empty() && !flags.pid && runs && runs->size() > 1) {
    for (const auto& run : *runs)
      if (auto one = Describe(run.address, {}, kNamePatience)) about.push_back(std::move(*one));
  } else {
    LOADCTL_TRY(const std::string address, FindRun(flags));
    LOADCTL_TRY(json::value one, Describe(address, asking));
    about.push_back(std::move(one));
  }
  if (!flags.json) return StatusTable(about);
  std::string lines;
  for (const json::value& one : about) lines += Line(one);
  return lines;
}

Result<std::string> Change(const std::string& command, const std::string& address,
                           const ControlFlags& flags, web::Asking asking) {
  asking.token = daemon::FindToken(address, flags.token_file);
  LOADCTL_TRY(const auto answer,
              web::Ask(address, "PATCH", "/v1/status", BodyOf(command, flags), kPatience, asking));
  LOADCTL_TRY(const json::value changed, ReadAnswer(address, answer));
  const json::value& now = At(At(changed, "data"), "attributes");
  const json::value& vus = At(now, "vus");
  const bool paused = At(now, "paused") == json::value(true);
  if (flags.vus && !paused && vus.is_int64() && vus.get_int64() < *flags.vus) {
    std::fprintf(stderr, "asked for: %lld VUs; there are %lld now\n",
                 static_cast<long long>(*flags.vus), static_cast<long long>(vus.get_int64()));
  }
  // What it came to, in its own words; a test that has just been stopped may be gone.
  const auto about = Describe(address, asking);
  const json::value& became = about ? *about : now;
  return flags.json ? Line(became) : Became(command, became);
}

Result<std::string> Execute(const std::string& command, const ControlFlags& flags) {
  if (command == "scale" && !flags.vus && !flags.max)
    return Fail("Specify either -u/--vus or -m/--max");
  if (!flags.controller.empty()) {
    return AgentsOfController(
        {flags.controller, flags.tls_cert, flags.tls_key, flags.tls_ca, flags.token_file},
        flags.json);
  }
  web::Asking asking;
  if (!flags.tls_ca.empty()) {
    LOADCTL_TRY(asking.tls_ca, daemon::ReadPemFile(flags.tls_ca, "--tls-ca"));
  }
  if (command == "status") return Status(flags, asking);
  LOADCTL_TRY(const std::string address, FindRun(flags));
  if (command == "stats") {
    LOADCTL_TRY(const auto answer, web::Ask(address, "GET", "/v1/metrics", "", kPatience, asking));
    LOADCTL_TRY(const json::value stats, ReadAnswer(address, answer));
    return flags.json ? StatsLines(At(stats, "data")) : StatsTable(At(stats, "data"));
  }
  if (command != "agents") return Change(command, address, flags, std::move(asking));
  LOADCTL_TRY(const json::value run, Describe(address, asking));
  if (!flags.json) return AgentsTable(run);
  std::string lines;
  if (const json::array* agents = At(run, "agents").if_array())
    for (const json::value& agent : *agents) lines += Line(agent);
  return lines;
}

}  // namespace

int Control(const std::string& command, std::span<const std::string> arguments) {
  const auto fail = [](const Error& error) {
    if (auto screen = Screen::Open({}, 1)) {
      (*screen)->logger().Error(error.message);
    } else {
      std::fprintf(stderr, "%s\n", error.message.c_str());
    }
    return ExitStatus(error.code);
  };
  const auto flags = ParseControlFlags(command, arguments);
  if (!flags) return fail(flags.error());
  if (flags->help) {
    const auto about = std::find_if(kCommands.begin(), kCommands.end(),
                                    [&](const ControlCommand& one) { return command == one.name; });
    std::fputs(Usage(*about).c_str(), stdout);
    return 0;
  }
  const auto text = Execute(command, *flags);
  if (!text) return fail(text.error());
  std::fputs(text->c_str(), stdout);
  return 0;
}

}  // namespace loadctl::cli
