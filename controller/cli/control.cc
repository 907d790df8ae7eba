// `loadctl pause`, `resume`, `scale`, `status`, `stats` and `stop`.
#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

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
  std::string address;
  std::optional<std::int64_t> pid, vus, max;
};

std::string Usage(const ControlCommand& command) {
  const bool scale = std::string_view(command.name) == "scale";
  std::string text = std::string(command.help) + "\n\nUsage:\n  loadctl " + command.name +
                     " [flags]\n\nFlags:\n"
                     "  -a, --address string   of the test's REST API, e.g. localhost:6565; also "
                     "K6_ADDRESS\n"
                     "                         (default: the only test of this user that runs on "
                     "this machine)\n"
                     "      --pid N            of the test, if this user runs several\n";
  if (scale) {
    text +=
        "  -u, --vus N            number of VUs\n"
        "  -m, --max N            largest number of VUs that there may be\n";
  }
  return text + "  -h, --help             help for " + command.name + "\n";
}

Result<void> SetNumber(const std::string& flag, const std::string& text,
                       std::optional<std::int64_t>& number) {
  const auto value = text::ParseGoInt(text);
  if (!value) {
    return Fail("invalid argument " + text::QuoteGo(text) + " for " + text::QuoteGo(flag) +
                " flag: " + value.error().message);
  }
  number = *value;
  return {};
}

Result<ControlFlags> ParseFlags(const std::string& command,
                                std::span<const std::string> arguments) {
  ControlFlags flags;
  if (const char* address = std::getenv("K6_ADDRESS")) flags.address = address;
  const std::map<std::string, std::string> kLong = {
      {"-a", "--address"}, {"-u", "--vus"}, {"-m", "--max"}, {"-h", "--help"}};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string flag = arguments[i].substr(0, arguments[i].find('='));
    if (const auto found = kLong.find(flag); found != kLong.end()) flag = found->second;
    if (flag == "--help") {
      flags.help = true;
      return flags;
    }
    const bool number =
        flag == "--pid" || ((flag == "--vus" || flag == "--max") && command == "scale");
    if (flag != "--address" && !number) {
      if (flag.starts_with("-")) return Fail("unknown flag: " + flag);
      return Fail("unknown command \"" + arguments[i] + "\" for \"loadctl " + command + "\"");
    }
    std::string value;
    if (const auto equals = arguments[i].find('='); equals != std::string::npos) {
      value = arguments[i].substr(equals + 1);
    } else if (++i < arguments.size()) {
      value = arguments[i];
    } else {
      return Fail("flag needs an argument: " + flag);
    }
    if (flag == "--address") flags.address = value;
    if (flag == "--pid") LOADCTL_CHECK_OK(SetNumber(flag, value, flags.pid));
    if (flag == "--vus") LOADCTL_CHECK_OK(SetNumber(flag, value, flags.vus));
    if (flag == "--max") LOADCTL_CHECK_OK(SetNumber(flag, value, flags.max));
  }
  return flags;
}

/// The script of a run, for people.
std::string NameOf(const rest::LocalRun& run) {
  const auto answer = web::Ask(run.address, "GET", "/loadctl/run", "", kNamePatience);
  boost::system::error_code error;
  if (!answer) return "?";
  const json::value value = json::parse(answer->body, error);
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

/// Text of a value as k6's YAML has it: what k6 calls nullable is quoted there.
std::string Yaml(const json::value& value, bool nullable) {
  std::string text;
  if (value.is_bool()) text = value.get_bool() ? "true" : "false";
  if (value.is_int64()) text = std::to_string(value.get_int64());
  if (value.is_uint64()) text = std::to_string(value.get_uint64());
  if (value.is_string()) return std::string(value.get_string());
  return nullable ? "\"" + text + "\"" : text;
}

double NumberOf(const json::value& value) {
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

std::string StatusYaml(const json::value& attributes) {
  std::string out;
  for (const char* key : {"status", "paused", "vus", "vus-max", "stopped", "running", "tainted"}) {
    const std::string_view name = key;
    const bool nullable = name == "paused" || name == "vus" || name == "vus-max";
    out += std::string(name) + ": " + Yaml(At(attributes, name), nullable) + "\n";
  }
  return out;
}

std::string StatsYaml(const json::value& data) {
  std::string out;
  const json::array* metrics = data.if_array();
  if (metrics == nullptr || metrics->empty()) return "[]\n";
  for (const json::value& metric : *metrics) {
    const json::value& fields = At(metric, "attributes");
    out += "- name: " + Yaml(At(metric, "id"), false) + "\n";
    for (const char* key : {"type", "contains"}) {
      out += std::string("  ") + key + ":\n    type: " + Yaml(At(fields, key), false) +
             "\n    valid: true\n";
    }
    out += "  tainted: " + Yaml(At(fields, "tainted"), true) + "\n  sample:\n";
    const json::object* sample = At(fields, "sample").if_object();
    if (sample == nullptr) continue;
    for (const auto& [name, value] : *sample)
      out += "    " + std::string(name) + ": " + text::GoFloat(NumberOf(value)) + "\n";
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
  LOADCTL_TRY(const web::Answer answer,
              web::Ask(address, asks ? "GET" : "PATCH", stats ? "/v1/metrics" : "/v1/status",
                       asks ? "" : BodyOf(command, flags), kPatience));
  boost::system::error_code error;
  const json::value value = json::parse(answer.body, error);
  if (answer.status != 200) {
    const json::array* errors = At(value, "errors").if_array();
    if (errors == nullptr || errors->empty())
      return Fail(address + " answered with status " + std::to_string(answer.status));
    return Fail(Yaml(At(errors->front(), "title"), false) + ": " +
                Yaml(At(errors->front(), "detail"), false));
  }
  const json::value& data = At(value, "data");
  if (error || data.is_null()) return Fail(address + " did not answer as a test does");
  return stats ? StatsYaml(data) : StatusYaml(At(data, "attributes"));
}

}  // namespace

bool IsControl(const std::string& command) {
  return std::any_of(kCommands.begin(), kCommands.end(),
                     [&](const ControlCommand& one) { return command == one.name; });
}

int Control(const std::string& command, std::span<const std::string> arguments) {
  const auto fail = [](const Error& error) {
    if (auto screen = Screen::Open({}, 1)) {
      (*screen)->logger().Error(error.message);
    } else {
      std::fprintf(stderr, "%s\n", error.message.c_str());
    }
    return ExitStatus(error.code);
  };
  const auto flags = ParseFlags(command, arguments);
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
