#include <algorithm>
#include <array>

#include "common/text/number.h"
#include "controller/plan/plan.h"
#include "controller/plan/settings.h"
#include "controller/plan/values.h"

namespace loadctl::plan {
namespace {

/// The effective texts of the flags that are no options: the flag, else the variable.
class Resolver {
 public:
  Resolver(const CommandLine& command_line, const Environment& environment)
      : command_line_(command_line), environment_(environment) {}

  [[nodiscard]] const std::string& script() const { return command_line_.script; }
  [[nodiscard]] const std::string* Flag(std::string_view flag) const {
    const auto found = command_line_.runtime.find(flag);
    return found == command_line_.runtime.end() ? nullptr : &found->second;
  }
  [[nodiscard]] const std::string* Variable(std::string_view name) const {
    const auto found = environment_.find(name);
    return found == environment_.end() ? nullptr : &found->second;
  }

  [[nodiscard]] std::string Text(std::string_view flag, std::string_view fallback) const {
    if (const auto* text = Flag(flag)) return *text;
    if (const auto* text = Variable(FindFlag(flag)->env)) return *text;
    return std::string(fallback);
  }

  /// A variable is checked even where the flag is given, as in k6.
  [[nodiscard]] Result<bool> Bool(std::string_view flag, bool fallback) const {
    const std::string name(FindFlag(flag)->env);
    if (const auto* text = Variable(name)) {
      const auto value = text::ParseGoBool(*text);
      if (!value) {
        return Fail("env var '" + name +
                    "' is not a valid boolean value: " + value.error().message);
      }
      fallback = *value;
    }
    if (const auto* text = Flag(flag)) fallback = text::ParseGoBool(*text).value_or(fallback);
    return fallback;
  }

  /// Judges a flag, or its variable, that this build does not honour.
  Result<void> Judge(std::string_view flag, bool asks, RuntimeOptions& out) const {
    if (!asks) return {};
    const Setting& setting = *FindFlag(flag);
    const std::string what = Flag(flag) != nullptr ? "flag --" + std::string(flag)
                                                   : "variable " + std::string(setting.env);
    return JudgeAs(setting, what, out);
  }

  Result<void> JudgeAs(const Setting& setting, const std::string& what, RuntimeOptions& out) const {
    if (!Runs(command_line_.command)) return {};  // the others run nothing
    const auto allow =
        command_line_.allow_unsupported ? AllowUnsupported::kYes : AllowUnsupported::kNo;
    LOADCTL_TRY(std::string warning, JudgeUse(setting, what, allow));
    if (!warning.empty()) out.warnings.push_back(std::move(warning));
    return {};
  }

 private:
  const CommandLine& command_line_;
  const Environment& environment_;
};

bool IsLogLevel(std::string_view level) {
  constexpr std::array<std::string_view, 8> kLevels = {"panic",   "fatal", "error", "warn",
                                                       "warning", "info",  "debug", "trace"};
  return std::find(kLevels.begin(), kLevels.end(), level) != kLevels.end();
}

/// `file=path[,level=L]`.
Result<void> ReadLogFile(std::string_view text, RuntimeOptions& out) {
  if (text == "file" || text == "file=") {
    return Fail("error while parsing logfile configuration key `" + std::string(text) +
                "` with no value");
  }
  if (!text.starts_with("file=")) {
    return Fail("logfile configuration should be in the form `file=path-to-local-file` but is `" +
                std::string(text) + "`");
  }
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view token = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    const std::size_t equals = token.find('=');
    const std::string key(token.substr(0, equals));
    const std::string value(equals == std::string_view::npos ? "" : token.substr(equals + 1));
    if (key == "file") {
      if (value.empty()) return Fail("filepath must not be empty");
      out.log_file = value;
    } else if (key == "level") {
      if (!IsLogLevel(value)) return Fail("unknown log level " + value);
      out.log_level = value;
    } else {
      return Fail("unknown logfile config key " + key);
    }
  }
  out.log_destination = LogDestination::kFile;
  return {};
}

Result<void> ReadLogging(const Resolver& resolver, RuntimeOptions& out) {
  const auto on = [&](std::string_view flag) {
    const auto* text = resolver.Flag(flag);
    return text != nullptr && text::ParseGoBool(*text).value_or(false);
  };
  out.quiet = on("quiet");
  out.verbose = on("verbose");
  const auto* variable = resolver.Variable("K6_NO_COLOR");
  out.no_color =
      resolver.Flag("no-color") != nullptr
          ? on("no-color")
          : (variable != nullptr && !variable->empty()) || resolver.Variable("NO_COLOR") != nullptr;
  out.log_format = resolver.Text("log-format", "");
  const std::string output = resolver.Text("log-output", "stderr");
  if (output == "stdout") {
    out.log_destination = LogDestination::kStdout;
  } else if (output == "none") {
    out.log_destination = LogDestination::kNone;
  } else if (output.starts_with("file")) {
    return ReadLogFile(output, out);
  } else if (output.starts_with("loki")) {
    out.log_destination = LogDestination::kLoki;
    out.loki = output;
  } else if (output != "stderr" && !output.empty()) {
    return Fail("unsupported log output '" + output + "'");
  }
  return {};
}

Result<void> ReadModes(const Resolver& resolver, RuntimeOptions& out) {
  const std::string type = resolver.Text("type", "");
  if (!type.empty() && type != "js" && type != "archive") {
    return Fail("unknown or unspecified test type '" + type + "' for '" + resolver.script() + "'");
  }
  out.test_type = type;
  out.import_map = resolver.Text("import-map", "");
  LOADCTL_TRY(const bool local_only, resolver.Bool("no-remote-imports", false));
  out.remote_imports = !local_only;
  const std::string mode = resolver.Text("compatibility-mode", "");
  if (!mode.empty() && mode != "extended" && mode != "base" && mode != "experimental_enhanced") {
    return Fail("invalid compatibility mode \"" + mode +
                "\". Use: \"extended\", \"base\", \"experimental_enhanced\"");
  }
  LOADCTL_CHECK_OK(resolver.Judge("compatibility-mode", !mode.empty() && mode != "extended", out));
  LOADCTL_TRY(out.no_thresholds, resolver.Bool("no-thresholds", false));
  const std::string summary = resolver.Text("summary-mode", "");
  if (!summary.empty() && summary != "compact" && summary != "full" && summary != "disabled") {
    return Fail("invalid summary mode \"" + summary +
                "\". Use: \"compact\", \"full\", \"disabled\"");
  }
  if (summary == "full") out.summary_mode = SummaryMode::kFull;
  if (summary == "disabled") out.summary_mode = SummaryMode::kDisabled;
  out.summary_export = resolver.Text("summary-export", "");
  LOADCTL_TRY(out.machine_readable, resolver.Bool("new-machine-readable-summary", false));
  return {};
}

/// k6's place of the configuration file: $XDG_CONFIG_HOME, else ~/.config.
std::string DefaultConfigPath(const Resolver& resolver) {
  std::string folder = ".config";
  const std::string* xdg = resolver.Variable("XDG_CONFIG_HOME");
  const std::string* home = resolver.Variable("HOME");
  if (xdg != nullptr && !xdg->empty()) {
    if (xdg->front() == '/') folder = *xdg;
  } else if (home != nullptr && !home->empty()) {
    folder = *home + "/.config";
  }
  return folder + "/k6/config.json";
}

void ReadConfigPath(const Resolver& resolver, RuntimeOptions& out) {
  const std::string usual = DefaultConfigPath(resolver);
  out.config_path = resolver.Text("config", usual);
  out.config_may_be_absent = out.config_path == usual;
}

void ReadAddress(const Resolver& resolver, RuntimeOptions& out) {
  const auto* flag = resolver.Flag("address");
  out.address = resolver.Text("address", "");
  out.address_is_flag = flag != nullptr;
  out.api_token_file = resolver.Text("api-token-file", "");
  out.api_tls_cert = resolver.Text("api-tls-cert", "");
  out.api_tls_key = resolver.Text("api-tls-key", "");
}

/// k6's global flags that this build has no use for.
Result<void> RefuseGlobals(const Resolver& resolver, RuntimeOptions& out) {
  const std::string profiling = resolver.Text("profiling-enabled", "");
  return resolver.Judge("profiling-enabled",
                        text::ParseGoBool(profiling).value_or(!profiling.empty()), out);
}

/// The row of a variable that is neither option nor flag: by its name, else by its family.
const Setting* FindPlainVariable(std::string_view name) {
  const Setting* family = nullptr;
  for (const Setting& setting : Settings()) {
    if (setting.env == name)
      return setting.key.empty() && setting.flag.empty() ? &setting : nullptr;
    if (setting.env.ends_with('*') &&
        name.starts_with(setting.env.substr(0, setting.env.size() - 1))) {
      family = &setting;
    }
  }
  return family;
}

Result<void> RefuseVariables(const Resolver& resolver, const Environment& environment,
                             RuntimeOptions& out) {
  for (const auto& [name, value] : environment) {
    if (value.empty() || value == "false" || !name.starts_with("K6_")) continue;
    const Setting* setting = FindPlainVariable(name);
    if (setting == nullptr || IsAccepted(*setting, value)) continue;
    LOADCTL_CHECK_OK(resolver.JudgeAs(*setting, "variable " + name, out));
  }
  return {};
}

bool IsVariableName(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

/// The values of -e, by name.
Result<Environment> GivenVariables(const CommandLine& command_line) {
  Environment out;
  for (const std::string& pair : command_line.env) {
    const std::size_t equals = pair.find('=');
    const std::string name = pair.substr(0, equals);
    if (!IsVariableName(name))
      return Fail("invalid environment variable name '" + name.substr(0, name.find('=')) + "'");
    out[name] = equals == std::string::npos ? "" : pair.substr(equals + 1);
  }
  return out;
}

/// What is secret is no part of `__ENV`, nor is what configures where secrets come from: a script,
/// an archive or a debug line would tell it.
Result<void> SetSecretsApart(const CommandLine& command_line, const Resolver& resolver,
                             const Environment& given, RuntimeOptions& out) {
  out.secret_env = command_line.secret_env;
  out.secret_sources = command_line.secret_sources;
  const auto* variable = resolver.Variable("K6_SECRET_SOURCE");
  if (out.secret_sources.empty() && variable != nullptr) out.secret_sources.push_back(*variable);
  for (const std::string& name : out.secret_env) {
    if (!IsVariableName(name))
      return Fail(ErrorCode::kInvalidConfig, "invalid environment variable name '" +
                                                 name.substr(0, name.find('=')) +
                                                 "' of --secret-env: it takes a name, no value");
    if (given.contains(name)) {
      return Fail(
          ErrorCode::kInvalidConfig,
          "'" + name + "' is given by --env and by --secret-env: it is secret or it is not");
    }
    out.env.erase(name);
  }
  std::erase_if(out.env, [](const auto& one) { return one.first.starts_with("K6_SECRET_SOURCE"); });
  return {};
}

}  // namespace

Result<RuntimeOptions> ResolveRuntimeOptions(const CommandLine& command_line,
                                             const Environment& environment) {
  RuntimeOptions out;
  const Resolver resolver(command_line, environment);
  LOADCTL_CHECK_OK(ReadLogging(resolver, out));
  ReadConfigPath(resolver, out);
  LOADCTL_CHECK_OK(RefuseGlobals(resolver, out));
  LOADCTL_CHECK_OK(ReadModes(resolver, out));
  ReadAddress(resolver, out);
  LOADCTL_TRY(const bool include_system,
              resolver.Bool("include-system-env-vars", Runs(command_line.command)));
  LOADCTL_TRY(const Environment given, GivenVariables(command_line));
  out.option_variables = environment;
  if (include_system) {
    // k6's -e writes into its own environment then: `-e K6_VUS=2` sets an option too.
    for (const auto& [name, value] : given) out.option_variables[name] = value;
    out.env.insert(out.option_variables.begin(), out.option_variables.end());
  } else {
    out.env.insert(given.begin(), given.end());
  }
  LOADCTL_CHECK_OK(SetSecretsApart(command_line, resolver, given, out));
  LOADCTL_CHECK_OK(RefuseVariables(resolver, out.option_variables, out));
  return out;
}

}  // namespace loadctl::plan
