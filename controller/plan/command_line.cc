#include <algorithm>
#include <array>
#include <utility>

#include "common/text/flags.h"
#include "common/text/number.h"
#include "common/text/quote.h"
#include "controller/plan/layers.h"
#include "controller/plan/plan.h"
#include "controller/plan/settings.h"
#include "controller/plan/values.h"

namespace loadctl::plan {
namespace {

/// What a flag without a value means; empty if it needs one.
std::string_view BareValue(const Setting& setting) {
  if (setting.type == ValueType::kBool) return "true";
  return setting.key == "httpDebug" ? "headers" : "";
}

Result<text::GivenFlags> ReadFlags(Command command, std::span<const std::string> args) {
  std::vector<text::Flag> flags;
  for (const Setting& setting : Settings()) {
    if (setting.flag.empty() || !HasFlag(command, setting)) continue;
    flags.push_back(
        {setting.flag, setting.shorthand, setting.word, setting.help, BareValue(setting)});
  }
  return text::ParseFlags(
      flags, args, [](const text::Flag& flag, std::string_view value) -> Result<void> {
        const Setting& setting = *FindFlag(flag.name);
        const auto good = CheckFlagText(setting, value);
        if (good) return {};
        const std::string why = text::WrongValue(flag, value, good.error().message);
        return Fail(WithForm({good.error().code, why}, setting, Source::kFlag));
      });
}

std::optional<std::int64_t> AutoOrInt(const std::string& text) {
  if (text == "auto") return std::nullopt;
  return text::ParseGoInt(text).value_or(1);
}

Result<std::vector<FailOn>> ParseFailOn(std::span<const std::string> given) {
  constexpr std::array<std::pair<std::string_view, FailOn>, 7> kNames = {{
      {"exception", FailOn::kException},
      {"check", FailOn::kCheck},
      {"no-requests", FailOn::kNoRequests},
      {"no-iterations", FailOn::kNoIterations},
      {"missed-rate", FailOn::kMissedRate},
      {"no-data", FailOn::kNoData},
      {"output-loss", FailOn::kOutputLoss},
  }};
  std::vector<FailOn> out;
  for (const std::string& list : given) {
    LOADCTL_TRY(const std::vector<std::string> names, SplitCsv(list));
    for (const std::string& name : names) {
      const auto found = std::find_if(kNames.begin(), kNames.end(),
                                      [&](const auto& one) { return one.first == name; });
      if (found == kNames.end()) {
        return Fail("invalid argument " + text::QuoteGo(name) +
                    " for \"--fail-on\" flag: use exception, check, no-requests, no-iterations, "
                    "missed-rate, no-data or output-loss");
      }
      out.push_back(found->second);
    }
  }
  return out;
}

/// loadctl's own flags; all were checked when they were read.
Result<void> SetFleetFlag(const std::string_view flag, std::span<const std::string> given,
                          CommandLine& out) {
  const std::string& text = given.back();
  FleetFlags& fleet = out.fleet;
  if (flag == "fail-on") {
    LOADCTL_TRY(out.fail_on, ParseFailOn(given));
  }
  if (flag == "report") {
    out.reports.assign(given.begin(), given.end());
  }
  if (flag == "secret-env") out.secret_env.assign(given.begin(), given.end());
  if (flag == "verdict-file") out.verdict_file = text;
  if (flag == "record") out.record = text;
  if (flag == "history") out.history = text;
  if (flag == "web-control") out.web_control = text;
  if (flag == "summary-dir") out.summary_dir = text;
  if (flag == "summary-overwrite") out.summary_overwrite.assign(given.begin(), given.end());
  if (flag == "agents") fleet.agents = AutoOrInt(text);
  if (flag == "agents") fleet.agents_auto = !fleet.agents;
  if (flag == "ignore-limits") fleet.ignore_limits = text::ParseGoBool(text).value_or(false);
  if (flag == "detach") out.detach = text::ParseGoBool(text).value_or(false);
  if (flag == "controller") fleet.controller = text;
  if (flag == "wait" || flag == "cpu-profile" || flag == "max-busy" || flag.starts_with("api-") ||
      flag.starts_with("kube"))
    out.runtime[std::string(flag)] = text;
  if (flag == "workers") fleet.workers = AutoOrInt(text);
  if (flag == "vus-per-isolate") fleet.vus_per_isolate = AutoOrInt(text);
  if (flag == "vu-isolation") {
    if (text != "context" && text != "compartment") {
      return Fail("invalid argument " + text::QuoteGo(text) +
                  " for \"--vu-isolation\" flag: want context or compartment");
    }
    fleet.vu_isolation = text == "context" ? VuIsolation::kContext : VuIsolation::kCompartment;
  }
  if (flag == "max-heap") fleet.max_heap = ParseBytes(text).value_or(0);
  if (flag == "tls-cert") fleet.tls_cert = text;
  if (flag == "tls-key") fleet.tls_key = text;
  if (flag == "tls-ca") fleet.tls_ca = text;
  if (flag == "token-file") fleet.token_file = text;
  if (flag == "strict") out.strict = text::ParseGoBool(text).value_or(false);
  if (flag == "allow-unsupported") out.allow_unsupported = text::ParseGoBool(text).value_or(false);
  if (flag == "on-agent-loss" && text != "abort") {
    return Fail("invalid argument " + text::QuoteGo(text) +
                " for \"--on-agent-loss\" flag: only \"abort\" is supported");
  }
  return {};
}

Result<void> SetOption(const Setting& row, std::span<const std::string> given, CommandLine& out) {
  if (auto good = ReadFlag(row, given, out.options); !good)
    return Fail(WithForm(good.error(), row, Source::kFlag));
  return {};
}

Result<void> SetFlag(const Setting& setting, std::span<const std::string> given, CommandLine& out) {
  switch (setting.scope) {
    case Scope::kOwn:
      if (!setting.key.empty()) return SetOption(setting, given, out);
      return SetFleetFlag(setting.flag, given, out);
    case Scope::kRuntime:
    case Scope::kGlobal:
    case Scope::kArchive:
    case Scope::kInspect:
    case Scope::kNew:
    case Scope::kDebug:
      if (setting.flag == "secret-source") {
        out.secret_sources.assign(given.begin(), given.end());
      } else if (setting.flag == "env") {
        if (given.size() != 1 || !given[0].empty()) out.env.assign(given.begin(), given.end());
      } else {
        out.runtime[std::string(setting.flag)] = given.back();
      }
      return {};
    case Scope::kOption:
    case Scope::kHidden:
    case Scope::kConfig:
      return SetOption(setting, given, out);
  }
  return {};
}

/// Whether so many arguments are as the command wants them, in k6's words.
Result<void> CheckCount(const CommandLine& line, std::size_t count) {
  const std::string received = std::to_string(count);
  if (line.command == Command::kNew) {
    if (count > 1) return Fail("accepts at most 1 arg(s), received " + received);
    return {};
  }
  const std::size_t wanted = line.Text("compat").empty() ? 1 : 0;
  if (count == wanted) return {};
  return Fail("accepts " + std::to_string(wanted) + " arg(s), received " + received +
              (Runs(line.command)
                   ? ": arg should either be \"-\", if reading script from stdin, or a path to a "
                     "script file"
                   : ""));
}

}  // namespace

std::string CommandLine::Text(std::string_view flag, std::string_view fallback) const {
  const auto given = runtime.find(flag);
  return given == runtime.end() ? std::string(fallback) : given->second;
}

bool CommandLine::Has(std::string_view flag) const {
  return text::ParseGoBool(Text(flag, "false")).value_or(false);
}

Result<CommandLine> ParseCommandLine(Command command, std::span<const std::string> args) {
  LOADCTL_TRY(const text::GivenFlags read, ReadFlags(command, args));
  CommandLine out;
  out.command = command;
  out.help = read.IsOn("help");
  if (out.help) return out;
  const auto set = [&](bool first) -> Result<void> {
    for (const Setting& setting : Settings()) {
      const bool early = setting.scope == Scope::kOwn || setting.scope == Scope::kInspect;
      if (setting.flag.empty() || early != first) continue;
      const auto given = read.All(setting.flag);
      if (!given.empty()) LOADCTL_CHECK_OK(SetFlag(setting, given, out));
    }
    return {};
  };
  // First what the others depend on: --allow-unsupported, and --compat, which takes no script.
  LOADCTL_CHECK_OK(set(true));
  LOADCTL_CHECK_OK(CheckCount(out, read.arguments().size()));
  if (!read.arguments().empty()) out.script = read.arguments().front();
  LOADCTL_CHECK_OK(set(false));
  // A threshold that judges nothing has no samples.
  const bool no_data =
      std::find(out.fail_on.begin(), out.fail_on.end(), FailOn::kNoData) != out.fail_on.end();
  if (out.strict && !no_data) out.fail_on.push_back(FailOn::kNoData);
  if (Runs(command)) {  // the others only write down
    // Before the script, which may take long to read. MakePlan() warns of what is let pass.
    std::vector<std::string> later;
    const auto allow = out.allow_unsupported ? AllowUnsupported::kYes : AllowUnsupported::kNo;
    LOADCTL_CHECK_OK(RefuseUnsupported(out.options, allow, later));
  }
  return out;
}

Result<CommandLine> ParseRunCommandLine(std::span<const std::string> args) {
  return ParseCommandLine(Command::kRun, args);
}

}  // namespace loadctl::plan
