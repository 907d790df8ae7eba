#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "common/base/duration.h"
#include "common/plan/go_text.h"
#include "common/plan/json_reader.h"
#include "controller/plan/layers.h"
#include "controller/plan/plan.h"
#include "controller/plan/script_scenarios.h"
#include "controller/plan/values.h"

namespace loadctl::plan {
namespace json = boost::json;
namespace {

const std::string* Find(const MergedOptions& merged, std::string_view key) {
  const auto value = merged.find(key);
  return value == merged.end() ? nullptr : &value->second.canonical;
}

std::optional<std::int64_t> FindInt(const MergedOptions& merged, std::string_view key) {
  const std::string* canonical = Find(merged, key);
  if (canonical == nullptr) return std::nullopt;
  return ParseGoInt(*canonical).value();
}

bool IsTrue(const MergedOptions& merged, std::string_view key) {
  const std::string* canonical = Find(merged, key);
  return canonical != nullptr && *canonical == "true";
}

tl::unexpected<Error> Clash(std::string_view a, std::string_view b) {
  return Fail(ErrorCode::kInvalidConfig, "using `" + std::string(a) + "` and `" + std::string(b) +
                                             "` options simultaneously is not allowed");
}

/// Pairs of one layer that exclude each other.
Result<void> CheckClashes(const MergedOptions& merged) {
  const std::string* stages = Find(merged, "stages");
  const bool has_stages = stages != nullptr && *stages != "[]";
  const bool has_scenarios = Find(merged, "scenarios") != nullptr;
  for (const char* key : {"iterations", "duration"}) {
    if (Find(merged, key) == nullptr) continue;
    if (has_stages) return Clash(key, "stages");
    if (has_scenarios) return Clash(key, "scenarios");
    break;
  }
  if (has_stages && has_scenarios) return Clash("stages", "scenarios");
  return {};
}

Scenario Default(ExecutorConfig executor) {
  Scenario scenario;
  scenario.name = "default";
  scenario.executor = std::move(executor);
  return scenario;
}

/// `stages` in its canonical form: objects of `duration` (ns) and `target`.
std::vector<Stage> StagesOf(const std::string& canonical) {
  std::vector<Stage> out;
  const json::value value = ParseJson(canonical, "option stages").value();
  for (const json::value& item : value.get_array()) {
    const json::object& fields = item.get_object();
    Stage stage;
    if (const auto* duration = fields.if_contains("duration"))
      stage.duration = std::chrono::nanoseconds(duration->to_number<std::int64_t>());
    if (const auto* target = fields.if_contains("target"))
      stage.target = target->to_number<std::int64_t>();
    out.push_back(stage);
  }
  return out;
}

/// ` (from flag --vus, option duration of the script)`: where those that are set come from.
std::string From(const MergedOptions& merged, std::span<const std::string_view> keys) {
  std::string list;
  for (const std::string_view key : keys) {
    const auto value = merged.find(key);
    if (value == merged.end()) continue;
    list += (list.empty() ? "" : ", ") + DescribeSource(*FindOption(key), value->second.source);
  }
  return list.empty() ? "" : " (from " + list + ")";
}

/// Where a scenario comes from. `default` may be a scenario's name, too: shortcuts win.
std::string FromOf(const Scenario& scenario, const MergedOptions& merged) {
  constexpr std::string_view kShortcuts[] = {"vus", "iterations", "duration", "stages"};
  const std::string* stages = Find(merged, "stages");
  const bool by_shortcut = Find(merged, "iterations") != nullptr ||
                           Find(merged, "duration") != nullptr ||
                           (stages == nullptr ? Find(merged, "vus") != nullptr : *stages != "[]");
  if (by_shortcut) return From(merged, kShortcuts);
  const auto scenarios = merged.find("scenarios");
  if (scenarios == merged.end()) return "";
  const std::string all = DescribeSource(*FindOption("scenarios"), scenarios->second.source);
  constexpr std::string_view kOption = "option scenarios";
  return " (from " + std::string(kOption) + "." + scenario.name + all.substr(kOption.size()) + ")";
}

/// The scenarios, or the one that the shortcuts stand for.
Result<std::vector<Scenario>> DeriveScenarios(const MergedOptions& merged,
                                              std::vector<std::string>& warnings) {
  using std::chrono::nanoseconds;
  const std::optional<std::int64_t> vus = FindInt(merged, "vus");
  const std::optional<std::int64_t> iterations = FindInt(merged, "iterations");
  const std::optional<std::int64_t> duration = FindInt(merged, "duration");
  const std::string* stages = Find(merged, "stages");
  const std::string* scenarios = Find(merged, "scenarios");
  if (iterations) {
    SharedIterations config{vus.value_or(1), *iterations};
    if (duration) config.max_duration = nanoseconds(*duration);
    return std::vector{Default(config)};
  }
  if (duration) {
    if (*duration <= 0) {
      constexpr std::string_view kDuration[] = {"duration"};
      return Fail(ErrorCode::kInvalidConfig,
                  "`duration` option should be more than 0, for infinite duration use the "
                  "externally-controlled executor" +
                      From(merged, kDuration));
    }
    return std::vector{Default(ConstantVus{vus.value_or(1), nanoseconds(*duration)})};
  }
  if (stages != nullptr && *stages != "[]") {
    return std::vector{Default(RampingVus{vus.value_or(1), StagesOf(*stages)})};
  }
  if (vus && stages == nullptr) {
    if (scenarios != nullptr) {
      warnings.push_back("`vus=" + std::to_string(*vus) + "` overrides scenarios configuration");
    }
    return std::vector{Default(SharedIterations{*vus, *vus})};
  }
  if (scenarios != nullptr && *scenarios != "{}") return ScenariosFromCanonical(*scenarios);
  for (const auto& [name, given] : {std::pair("stages", stages), {"scenarios", scenarios}}) {
    if (given == nullptr) continue;
    warnings.push_back("`" + std::string(name) +
                       "` was explicitly set to an empty value, running the script with 1 "
                       "iteration in 1 VU");
  }
  return std::vector{Default(PerVuIterations{})};
}

Result<void> Validate(const Options& options, const MergedOptions& merged,
                      std::span<const std::string> exports) {
  std::vector<std::string> problems;
  if (const auto tuple = TupleOf(options); !tuple) problems.push_back(tuple.error().message);
  for (const Scenario& scenario : options.scenarios) {
    std::string list;
    for (const std::string& problem : ValidateScenario(scenario)) {
      list += (list.empty() ? "" : ", ") + problem;
    }
    if (list.empty()) continue;
    problems.push_back("scenario " + scenario.name + " has configuration errors: " + list +
                       FromOf(scenario, merged));
  }
  if (Find(merged, "setupTimeout") != nullptr &&
      options.setup_timeout <= std::chrono::nanoseconds(0)) {
    constexpr std::string_view kSetupTimeout[] = {"setupTimeout"};
    problems.push_back("setupTimeout must be positive" + From(merged, kSetupTimeout));
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
tl::unexpected<Error> Invalid(const Error& error, const MergedOptions& merged,
                              std::string_view key) {
  const auto value = merged.find(key);
  if (value == merged.end()) return tl::unexpected(error);
  return Fail(error.code, WithForm(error, *FindOption(key), value->second.source));
}

/// `dns` with its text of the time to live as the wire form has it; keys not set keep the defaults.
Result<void> PutDns(const std::string& canonical, json::object& dns) {
  LOADCTL_TRY(const json::value given, ParseJson(canonical, "option dns"));
  for (const auto& [key, value] : given.get_object()) {
    if (key != "ttl") {
      dns[key] = value;
      continue;
    }
    const std::string text(value.as_string());
    if (text.empty()) continue;  // k6's default
    if (text == "inf") {
      dns.erase("ttl");
      continue;
    }
    const auto ttl = ParseK6Duration(text);
    if (!ttl || ttl->count() < 0) return Fail("invalid DNS TTL: " + text);
    dns["ttl"] = ttl->count();
  }
  return {};
}

/// Everything but scenarios: the defaults in the wire form, overwritten key by key.
Result<Options> BuildOptions(const MergedOptions& merged, std::string_view version) {
  Options defaults;
  defaults.user_agent = "loadctl/" + std::string(version);
  defaults.system_tags = {DefaultSystemTags().begin(), DefaultSystemTags().end()};
  defaults.max_redirects_set = Find(merged, "maxRedirects") != nullptr;
  LOADCTL_TRY(const json::value base, ParseJson(OptionsToJson(defaults), "default options"));
  json::object wire = base.get_object();
  for (const auto& [key, value] : merged) {
    if (key == "dns") {
      if (const auto good = PutDns(value.canonical, wire["dns"].as_object()); !good) {
        return Invalid(good.error(), merged, "dns");
      }
    } else if (key != "scenarios" && wire.contains(key)) {
      LOADCTL_TRY(wire[key], ParseJson(value.canonical, "option " + key));
    }
  }
  return OptionsFromJson(json::serialize(wire));
}

Result<void> CheckSummary(const MergedOptions& merged, Options& options,
                          std::vector<std::string>& warnings) {
  if (const auto good = CheckTrendStats(options.summary_trend_stats); !good) {
    return Invalid(good.error(), merged, "summaryTrendStats");
  }
  const std::string& unit = options.summary_time_unit;
  if (unit.empty() || unit == "s" || unit == "ms" || unit == "us") return {};
  warnings.push_back("invalid summary time unit '" + unit + "', use 's', 'ms' or 'us'");
  options.summary_time_unit.clear();
  return {};
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
  if (inputs.archive_env != nullptr) {
    plan.runtime.env.insert(inputs.archive_env->begin(), inputs.archive_env->end());
  }
  LOADCTL_TRY(MergedOptions merged,
              MergeLayers(inputs, plan.runtime.option_variables, plan.warnings));
  LOADCTL_CHECK_OK(CheckClashes(merged));
  const auto allow =
      inputs.command_line.allow_unsupported ? AllowUnsupported::kYes : AllowUnsupported::kNo;
  if (inputs.command_line.command == Command::kRun) {
    LOADCTL_CHECK_OK(RefuseUnsupported(merged, allow, plan.warnings));
  }
  LOADCTL_TRY(plan.options, BuildOptions(merged, inputs.version));
  LOADCTL_CHECK_OK(CheckSummary(merged, plan.options, plan.warnings));
  if (plan.runtime.no_thresholds) plan.options.thresholds.clear();
  // Who judges it wants it measured.
  plan.options.iteration_latency =
      inputs.command_line.iteration_latency ||
      std::any_of(plan.options.thresholds.begin(), plan.options.thresholds.end(),
                  [](const MetricThresholds& one) {
                    return one.metric.starts_with("loadctl_iteration_latency");
                  });
  plan.paused = IsTrue(merged, "paused");
  plan.linger = IsTrue(merged, "linger");
  if (const std::string* outputs = Find(merged, "out")) {
    LOADCTL_TRY(const json::value list, ParseJson(*outputs, "option out"));
    for (const json::value& one : list.as_array())
      plan.outputs.emplace_back(std::string_view(one.as_string()));
  }
  if (const std::string* collectors = Find(merged, "collectors")) plan.collectors = *collectors;
  LOADCTL_TRY(plan.options.scenarios, DeriveScenarios(merged, plan.warnings));
  LOADCTL_CHECK_OK(Validate(plan.options, merged, inputs.exports));
  SortScenarios(plan.options.scenarios);
  LOADCTL_TRY(const ExecutionTuple tuple, CutForAgents(plan.options, inputs.command_line.fleet));
  plan.requirements = RequirementsOf(plan.options.scenarios, tuple);
  return plan;
}

}  // namespace loadctl::plan
