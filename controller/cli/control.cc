// `loadctl pause`, `resume`, `scale`, `status`, `stats` and `stop`.
#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iterator>
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
#include "controller/cli/screen.h"
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
    {"status", "Show what a running test is doing."},
    {"stats", "Show the metrics of a running test."},
    {"pause", "Pause a running test: iterations end, none starts, its clock stands still."},
    {"resume", "Let a paused test go on, or start one that was begun with --paused."},
    {"scale", "Set the VUs of the externally-controlled scenario of a running test."},
    {"stop", "Stop a running test: iterations are cut, teardown() runs, exit code 103."},
});

struct ControlFlags {
  bool help = false;
  std::string address, token_file, tls_ca;
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
constexpr text::Flag kVus = {"vus", 'u', "N", "number of VUs"};
constexpr text::Flag kMax = {"max", 'm', "N", "largest number of VUs that there may be"};

std::vector<text::Flag> FlagsOf(const std::string& command) {
  std::vector<text::Flag> flags = {kAddress, kPid, kTokenFile, kTlsCa};
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
  if (!given.arguments().empty()) {
    return Fail("unknown command " + text::QuoteGo(given.arguments().front()) + " for \"loadctl " +
                command + "\"");
  }
  const char* variable = std::getenv("K6_ADDRESS");
  flags.address = given.Last("address", variable == nullptr ? "" : variable);
  flags.token_file = given.Last("token-file");
  flags.tls_ca = given.Last("tls-ca");
  LOADCTL_TRY(flags.pid, NumberOf(given, kPid));
  LOADCTL_TRY(flags.vus, NumberOf(given, kVus));
  LOADCTL_TRY(flags.max, NumberOf(given, kMax));
  return flags;
}

/// The script of a run, for people.
std::string NameOf(const rest::LocalRun& run) {
  const auto answer = web::Ask(run.address, "GET", "/loadctl/run", "", kNamePatience);
  boost::system::error_code error;
  if (!answer) return "?";
  const json::value value = text::ReadJson(answer->body, error);
  if (error || !value.is_object()) return "?";
  const json::value* script = value.get_object().if_contains("script");
  return script != nullptr && script->is_string() ? std::string(script->get_string()) : "?";
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

/// A value as YAML has it.
std::string Yaml(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  return value.is_null() ? "" : json::serialize(value);
}

double AsDouble(const json::value& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  return value.is_double() ? value.get_double() : 0;
}

const json::value& At(const json::value& value, std::string_view key) {
  static const json::value kNothing;
  const json::object* object = value.if_object();
  const json::value* found =
      object == nullptr ? nullptr : object->if_contains(json::string_view(key.data(), key.size()));
  return found == nullptr ? kNothing : *found;
}

/// The word for k6's number of a run's state.
std::string StateOf(const json::value& number) {
  constexpr auto kStates = std::to_array<const char*>(
      {"created", "making VUs", "preparing", "prepared", "paused before the start", "started",
       "setup", "running", "teardown", "ended", "interrupted", "marked as failed"});
  const std::int64_t* state = number.if_int64();
  if (state == nullptr || *state < 0 || *state >= std::ssize(kStates)) return Yaml(number);
  return kStates[static_cast<std::size_t>(*state)];
}

std::string StatusYaml(const json::value& attributes) {
  std::string out = "status: " + StateOf(At(attributes, "status")) + "\n";
  for (const char* key : {"paused", "vus", "vus-max", "stopped", "running", "tainted"})
    out += std::string(key) + ": " + Yaml(At(attributes, key)) + "\n";
  return out;
}

std::string StatsYaml(const json::value& data) {
  std::string out;
  const json::array* metrics = data.if_array();
  if (metrics == nullptr || metrics->empty()) return "[]\n";
  for (const json::value& metric : *metrics) {
    const json::value& fields = At(metric, "attributes");
    out += "- name: " + Yaml(At(metric, "id")) + "\n";
    for (const char* key : {"type", "contains"}) {
      out +=
          std::string("  ") + key + ":\n    type: " + Yaml(At(fields, key)) + "\n    valid: true\n";
    }
    out += "  tainted: \"" + Yaml(At(fields, "tainted")) + "\"\n  sample:\n";
    const json::object* sample = At(fields, "sample").if_object();
    if (sample == nullptr) continue;
    for (const auto& [name, value] : *sample)
      out += "    " + std::string(name) + ": " + text::GoFloat(AsDouble(value)) + "\n";
  }
  return out;
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

Result<std::string> Execute(const std::string& command, const ControlFlags& flags) {
  if (command == "scale" && !flags.vus && !flags.max)
    return Fail("Specify either -u/--vus or -m/--max");
  LOADCTL_TRY(const std::string address, FindRun(flags));
  const bool stats = command == "stats", asks = stats || command == "status";
  web::Asking asking;
  if (!flags.tls_ca.empty()) {
    LOADCTL_TRY(asking.tls_ca, daemon::ReadPemFile(flags.tls_ca, "--tls-ca"));
  }
  if (!asks) asking.token = daemon::FindToken(address, flags.token_file);
  LOADCTL_TRY(const web::Answer answer,
              web::Ask(address, asks ? "GET" : "PATCH", stats ? "/v1/metrics" : "/v1/status",
                       asks ? "" : BodyOf(command, flags), kPatience, asking));
  boost::system::error_code error;
  const json::value value = text::ReadJson(answer.body, error);
  if (answer.status == 401)
    return Fail(address + " asks for a token: name its file with --token-file");
  if (answer.status != 200) {
    const json::array* errors = At(value, "errors").if_array();
    if (errors == nullptr || errors->empty())
      return Fail(address + " answered with status " + std::to_string(answer.status));
    return Fail(Yaml(At(errors->front(), "title")) + ": " + Yaml(At(errors->front(), "detail")));
  }
  const json::value& data = At(value, "data");
  if (error || data.is_null()) return Fail(address + " did not answer as a test does");
  const json::value& vus = At(At(data, "attributes"), "vus");
  if (flags.vus && vus.is_int64() && vus.get_int64() < *flags.vus) {
    std::fprintf(stderr, "asked for: %lld VUs; there are %lld now\n",
                 static_cast<long long>(*flags.vus), static_cast<long long>(vus.get_int64()));
  }
  return stats ? StatsYaml(data) : StatusYaml(At(data, "attributes"));
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
