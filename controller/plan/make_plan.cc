#include <algorithm>
#include <set>
#include <utility>

#include "controller/plan/layers.h"
#include "controller/plan/plan.h"
#include "controller/plan/values.h"

namespace loadctl::plan {
namespace {

tl::unexpected<Error> Clash(std::string_view a, std::string_view b) {
  return Fail(ErrorCode::kInvalidConfig, "using `" + std::string(a) + "` and `" + std::string(b) +
                                             "` options simultaneously is not allowed");
}

/// Pairs of one layer that exclude each other.
Result<void> CheckClashes(const Options& merged) {
  const bool has_stages = !merged.stages.empty();
  const bool has_scenarios = merged.IsSet(&Options::scenarios);
  for (const auto& [name, set] : {std::pair("iterations", merged.IsSet(&Options::iterations)),
                                  {"duration", merged.IsSet(&Options::duration)}}) {
    if (!set) continue;
    if (has_stages) return Clash(name, "stages");
    if (has_scenarios) return Clash(name, "scenarios");
    break;
  }
  if (has_stages && has_scenarios) return Clash("stages", "scenarios");
  return {};
}

/// The scenario that shortcuts stand for; `given` are its fields that they set.
Scenario Default(ExecutorConfig executor, std::set<std::string, std::less<>> given = {}) {
  Scenario scenario;
  scenario.name = "default";
  scenario.executor = std::move(executor);
  scenario.given = std::move(given);
  return scenario;
}

/// ` (from flag --vus, option duration of the script)`: where those that are set come from.
std::string From(const Options& merged, std::span<const std::string_view> keys) {
  std::string list;
  for (const std::string_view key : keys) {
    const Setting& row = *FindOption(key);
    const Source source = SourceOf(row, merged);
    if (source == Source::kDefault) continue;
    list += (list.empty() ? "" : ", ") + DescribeSource(row, source);
  }
  return list.empty() ? "" : " (from " + list + ")";
}

/// Whether the shortcuts make the scenario, not `scenarios`.
bool ByShortcut(const Options& merged) {
  if (merged.IsSet(&Options::iterations) || merged.IsSet(&Options::duration)) return true;
  return merged.IsSet(&Options::stages) ? !merged.stages.empty() : merged.IsSet(&Options::vus);
}

/// Whether `vus` alone makes it.
bool ByVus(const Options& merged) {
  return merged.IsSet(&Options::vus) && !merged.IsSet(&Options::iterations) &&
         !merged.IsSet(&Options::duration) && !merged.IsSet(&Options::stages);
}

/// Where a scenario comes from. `default` may be a scenario's name, too: shortcuts win.
std::string FromOf(const Scenario& scenario, const Options& merged) {
  constexpr std::string_view kShortcuts[] = {"vus", "iterations", "duration", "stages"};
  if (ByShortcut(merged)) return From(merged, kShortcuts);
  if (!merged.IsSet(&Options::scenarios)) return "";
  const std::string all =
      DescribeSource(*FindOption("scenarios"), merged.SourceOf(&Options::scenarios));
  constexpr std::string_view kOption = "option scenarios";
  return " (from " + std::string(kOption) + "." + scenario.name + all.substr(kOption.size()) + ")";
}

/// The scenario of `iterations`, `duration`, `stages` or `vus`.
Result<Scenario> FromShortcuts(const Options& merged) {
  std::set<std::string, std::less<>> given;
  if (merged.IsSet(&Options::vus)) given.insert("vus");
  const bool has_duration = merged.IsSet(&Options::duration);
  if (merged.IsSet(&Options::iterations)) {
    SharedIterations config{merged.vus, merged.iterations};
    given.insert("iterations");
    if (has_duration) {
      config.max_duration = merged.duration;
      given.insert("maxDuration");
    }
    return Default(config, std::move(given));
  }
  if (has_duration) {
    if (merged.duration.count() <= 0) {
      constexpr std::string_view kDuration[] = {"duration"};
      return Fail(ErrorCode::kInvalidConfig,
                  "`duration` option should be more than 0, for infinite duration use the "
                  "externally-controlled executor" +
                      From(merged, kDuration));
    }
    given.insert("duration");
    return Default(ConstantVus{merged.vus, merged.duration}, std::move(given));
  }
  if (!merged.stages.empty()) {
    const bool has_vus = given.erase("vus") != 0;
    given.insert("stages");
    if (has_vus) given.insert("startVUs");
    return Default(RampingVus{merged.vus, merged.stages}, std::move(given));
  }
  return Default(SharedIterations{merged.vus, merged.vus}, {"vus", "iterations"});
}

/// Puts in the scenarios, or the one that the shortcuts stand for.
Result<void> DeriveScenarios(Options& options, std::vector<std::string>& warnings) {
  const bool has_scenarios = options.IsSet(&Options::scenarios);
  if (ByShortcut(options)) {
    LOADCTL_TRY(Scenario scenario, FromShortcuts(options));
    if (ByVus(options) && has_scenarios) {
      warnings.push_back("`vus=" + std::to_string(options.vus) +
                         "` overrides scenarios configuration");
    }
    options.scenarios = {std::move(scenario)};
    return {};
  }
  if (!options.scenarios.empty()) return {};
  for (const auto& [name, given] :
       {std::pair("stages", options.IsSet(&Options::stages)), {"scenarios", has_scenarios}}) {
    if (!given) continue;
    warnings.push_back("`" + std::string(name) +
                       "` was explicitly set to an empty value, running the script with 1 "
                       "iteration in 1 VU");
  }
  options.scenarios = {Default(PerVuIterations{})};
  return {};
}

/// Of a script that is debugged: one iteration of one scenario, and all the time that it takes.
Result<void> KeepOneIteration(const std::string& name, Options& options) {
  constexpr std::chrono::hours kLong{24};
  auto chosen = options.scenarios.begin();
  std::string names;
  for (auto one = options.scenarios.begin(); one != options.scenarios.end(); ++one) {
    names += (names.empty() ? "" : ", ") + one->name;
    if (name.empty() ? one->name < chosen->name : one->name == name) chosen = one;
  }
  if (!name.empty() && chosen->name != name)
    return Fail(ErrorCode::kInvalidConfig,
                "--scenario " + name + ": the script has no such scenario, but " + names);
  Scenario one = std::move(*chosen);
  one.executor = PerVuIterations{1, 1, kLong};
  one.start_time = one.graceful_stop = std::chrono::nanoseconds(0);
  one.given = {"vus", "iterations", "maxDuration", "gracefulStop"};
  options.scenarios = {std::move(one)};
  options.setup_timeout = options.teardown_timeout = options.handle_summary_timeout = kLong;
  options.min_iteration_duration = std::chrono::nanoseconds(0);
  if (!options.IsSet(&Options::http_debug)) options.http_debug = "full";
  return {};
}

Result<void> Validate(const Options& options, std::span<const std::string> exports) {
  std::vector<std::string> problems;
  if (const auto tuple = TupleOf(options); !tuple) problems.push_back(tuple.error().message);
  for (const Scenario& scenario : options.scenarios) {
    std::string list;
    for (const std::string& problem : ValidateScenario(scenario)) {
      list += (list.empty() ? "" : ", ") + problem;
    }
    if (list.empty()) continue;
    problems.push_back("scenario " + scenario.name + " has configuration errors: " + list +
                       FromOf(scenario, options));
  }
  if (options.setup_timeout <= std::chrono::nanoseconds(0)) {
    constexpr std::string_view kSetupTimeout[] = {"setupTimeout"};
    problems.push_back("setupTimeout must be positive" + From(options, kSetupTimeout));
  }
  for (const Scenario& scenario : options.scenarios) {
    const std::string function = ExecFunction(scenario);
    if (std::find(exports.begin(), exports.end(), function) != exports.end()) continue;
    problems.push_back("executor " + scenario.name + ": function '" + function +
                       "' not found in exports");
  }
  if (problems.empty()) return {};
  std::string message = "There were problems with the specified script configuration:";
  for (const std::string& problem : problems) message += "\n\t- " + problem;
  return Fail(ErrorCode::kInvalidConfig, std::move(message));
}

/// The error, with where the option's value came from and what is accepted.
tl::unexpected<Error> Invalid(const Error& error, const Options& options, std::string_view key) {
  const Setting& row = *FindOption(key);
  const Source source = SourceOf(row, options);
  if (source == Source::kDefault) return tl::unexpected(error);
  return Fail(error.code, WithForm(error, row, source));
}

/// What is checked of the merged values alone, as in k6.
Result<void> CheckMerged(Options& options, std::vector<std::string>& warnings) {
  if (const auto ttl = options.dns.Ttl(); !ttl) return Invalid(ttl.error(), options, "dns");
  if (const auto good = CheckTrendStats(options.summary_trend_stats); !good) {
    return Invalid(good.error(), options, "summaryTrendStats");
  }
  const std::string& unit = options.summary_time_unit;
  if (unit.empty() || unit == "s" || unit == "ms" || unit == "us") return {};
  warnings.push_back("invalid summary time unit '" + unit + "', use 's', 'ms' or 'us'");
  options.summary_time_unit.clear();
  return {};
}

/// Who judges a metric wants it measured.
bool IsJudged(const Options& options, std::string_view metric) {
  return std::any_of(options.thresholds.begin(), options.thresholds.end(),
                     [&](const MetricThresholds& one) { return one.metric.starts_with(metric); });
}

/// What is measured only where somebody wants it.
void ChooseMetrics(Options& options) {
  options.iteration_latency =
      options.iteration_latency || IsJudged(options, "loadctl_iteration_latency");
  options.connection_metrics = options.connection_metrics ||
                               IsJudged(options, "loadctl_connections_") ||
                               IsJudged(options, "http_req_looking_up");
}

/// k6's --traces-output is one of our outputs, and the system tags by which its spans find each
/// other are on.
void AddTraces(const PlanInputs& inputs, Plan& plan) {
  const auto flag = inputs.command_line.runtime.find("traces-output");
  const auto variable = plan.runtime.option_variables.find("K6_TRACES_OUTPUT");
  const std::string asked = flag != inputs.command_line.runtime.end()         ? flag->second
                            : variable != plan.runtime.option_variables.end() ? variable->second
                                                                              : "";
  if (!asked.empty() && asked != "none") plan.outputs.push_back("traces=" + asked);
  const bool any =
      std::any_of(plan.outputs.begin(), plan.outputs.end(), [](const std::string& output) {
        return output == "traces" || output.starts_with("traces=");
      });
  if (any) plan.options.system_tags.insert({"vu", "iter"});
}

/// The run's part of the whole, if it can be cut among the agents.
Result<ExecutionTuple> CutForAgents(const Options& options, const FleetFlags& fleet) {
  LOADCTL_TRY(ExecutionTuple tuple, TupleOf(options));
  const SegmentSequence agents = EqualSequence(fleet.agents.value_or(1));
  LOADCTL_TRY(const ExecutionTuple first, ExecutionTuple::Make(agents.segments.front(), agents));
  LOADCTL_CHECK_OK(ExecutionTuple::Within(tuple, first));
  return tuple;
}

}  // namespace

Result<Plan> MakePlan(const PlanInputs& inputs) {
  Plan plan;
  LOADCTL_TRY(plan.runtime, ResolveRuntimeOptions(inputs.command_line, inputs.environment));
  plan.warnings = plan.runtime.warnings;
  if (inputs.archive_env != nullptr) {
    plan.runtime.env.insert(inputs.archive_env->begin(), inputs.archive_env->end());
  }
  LOADCTL_TRY(plan.options, MergeLayers(inputs, plan.runtime.option_variables, plan.warnings));
  Options& options = plan.options;
  LOADCTL_CHECK_OK(CheckClashes(options));
  const auto allow =
      inputs.command_line.allow_unsupported ? AllowUnsupported::kYes : AllowUnsupported::kNo;
  if (Runs(inputs.command_line.command)) {
    LOADCTL_CHECK_OK(RefuseUnsupported(options, allow, plan.warnings));
  }
  LOADCTL_CHECK_OK(CheckMerged(options, plan.warnings));
  if (!options.IsSet(&Options::user_agent)) {
    options.user_agent = "loadctl/" + std::string(inputs.version);
  }
  options.no_thresholds = plan.runtime.no_thresholds;
  ChooseMetrics(options);
  plan.paused = options.paused;
  plan.linger = options.linger;
  plan.web_dashboard = options.web_dashboard;
  plan.outputs = options.out;
  AddTraces(inputs, plan);
  if (options.IsSet(&Options::collectors)) plan.collectors = options.collectors.text;
  const bool by_vus = ByVus(options);
  LOADCTL_CHECK_OK(DeriveScenarios(options, plan.warnings));
  if (inputs.command_line.command == Command::kDebug) {
    LOADCTL_CHECK_OK(KeepOneIteration(inputs.command_line.Text("scenario"), options));
    plan.paused = plan.linger = false;
  }
  LOADCTL_CHECK_OK(Validate(options, inputs.exports));
  SortScenarios(options.scenarios);
  if (by_vus) {  // k6 writes down what it stands for
    options.Set(&Options::iterations, options.vus, options.SourceOf(&Options::vus));
  }
  LOADCTL_TRY(const ExecutionTuple tuple, CutForAgents(options, inputs.command_line.fleet));
  plan.requirements = RequirementsOf(options.scenarios, tuple);
  return plan;
}

}  // namespace loadctl::plan
