// What can be wrong with a scenario, in k6's words.
#include <algorithm>

#include "common/base/duration.h"
#include "common/plan/overloaded.h"
#include "common/plan/ramp.h"
#include "common/plan/scenario.h"

namespace loadctl::plan {
namespace {

using std::chrono::nanoseconds;
using Problems = std::vector<std::string>;

constexpr nanoseconds kMinDuration = std::chrono::seconds(1);
constexpr std::int64_t kMaxTarget = 100'000'000;  // k6's

bool IsGoodName(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-';
  });
}

void ValidateCommon(const Scenario& scenario, Problems& problems) {
  constexpr std::string_view kNameRule =
      "the scenario name should contain only numbers, latin letters, underscores, and dashes";
  if (scenario.name.empty()) problems.emplace_back("scenario name can't be empty");
  if (scenario.name.empty() || !IsGoodName(scenario.name)) problems.emplace_back(kNameRule);
  if (scenario.exec && scenario.exec->empty()) problems.emplace_back("exec value cannot be empty");
  if (scenario.start_time < nanoseconds(0)) {
    problems.emplace_back("the startTime can't be negative");
  }
  if (scenario.graceful_stop < nanoseconds(0)) {
    problems.emplace_back("the gracefulStop timeout can't be negative");
  }
}

void ValidateVus(std::int64_t vus, Problems& problems) {
  if (vus <= 0) problems.emplace_back("the number of VUs must be more than 0");
  if (vus > kMaxVus) {
    problems.push_back("the number of VUs must be at most " + std::to_string(kMaxVus));
  }
}

void ValidateMaxDuration(nanoseconds duration, Problems& problems) {
  if (duration >= kMinDuration) return;
  problems.push_back("the maxDuration must be at least " + FormatGoDuration(kMinDuration) +
                     ", but is " + FormatGoDuration(duration));
}

void ValidateDuration(std::optional<nanoseconds> duration, Problems& problems) {
  if (!duration) {
    problems.emplace_back("the duration is unspecified");
  } else if (*duration < kMinDuration) {
    problems.push_back("the duration must be at least " + FormatGoDuration(kMinDuration) +
                       ", but is " + FormatGoDuration(*duration));
  }
}

void ValidateStages(std::span<const Stage> stages, Problems& problems) {
  if (stages.empty()) problems.emplace_back("at least one stage has to be specified");
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    const Stage& stage = stages[i];
    if (!stage.duration) {
      problems.push_back("stage " + number + " doesn't have a duration");
    } else if (*stage.duration < nanoseconds(0)) {
      problems.push_back("the duration for stage " + number + " can't be negative");
    }
    if (!stage.target) {
      problems.push_back("stage " + number + " doesn't have a target");
    } else if (*stage.target < 0) {
      problems.push_back("the target for stage " + number + " can't be negative");
    }
  }
}

void ValidateArrivalVus(const ArrivalVus& vus, Problems& problems) {
  if (!vus.pre_allocated) {
    problems.emplace_back("the number of preAllocatedVUs isn't specified");
  } else if (*vus.pre_allocated < 0) {
    problems.emplace_back("the number of preAllocatedVUs can't be negative");
  }
  if (vus.max && *vus.max < vus.Planned()) {
    problems.emplace_back("maxVUs can't be less than preAllocatedVUs");
  }
  if (vus.Max() > kMaxVus) {
    problems.push_back("maxVUs must be at most " + std::to_string(kMaxVus));
  }
}

void ValidateTimeUnit(nanoseconds unit, Problems& problems) {
  if (unit <= nanoseconds(0)) problems.emplace_back("the timeUnit must be more than 0");
}

void Validate(const ConstantVus& config, Problems& problems) {
  ValidateVus(config.vus, problems);
  ValidateDuration(config.duration, problems);
}

void Validate(const PerVuIterations& config, Problems& problems) {
  ValidateVus(config.vus, problems);
  if (config.iterations <= 0) {
    problems.emplace_back("the number of iterations must be more than 0");
  }
  ValidateMaxDuration(config.max_duration, problems);
}

void Validate(const SharedIterations& config, Problems& problems) {
  ValidateVus(config.vus, problems);
  if (config.iterations < config.vus) {
    problems.push_back("the number of iterations (" + std::to_string(config.iterations) +
                       ") can't be less than the number of VUs (" + std::to_string(config.vus) +
                       ")");
  }
  ValidateMaxDuration(config.max_duration, problems);
}

void Validate(const RampingVus& config, Problems& problems) {
  if (config.start_vus < 0) problems.emplace_back("the number of start VUs can't be negative");
  std::int64_t most = config.start_vus;
  for (const Stage& stage : config.stages) most = std::max(most, stage.target.value_or(0));
  if (most <= 0) {
    problems.emplace_back(
        "either startVUs or one of the stages' target values must be greater than 0");
  }
  ValidateStages(config.stages, problems);
  if (config.start_vus > kMaxTarget) {
    problems.push_back("the startVUs exceed max limit of " + std::to_string(kMaxTarget));
  }
  for (std::size_t i = 0; i < config.stages.size(); ++i) {
    if (config.stages[i].target.value_or(0) <= kMaxTarget) continue;
    problems.push_back("target for stage " + std::to_string(i + 1) + " exceeds max limit of " +
                       std::to_string(kMaxTarget));
  }
  if (!problems.empty()) return;
  if (most > kMaxVus) {
    problems.push_back("the number of VUs must be at most " + std::to_string(kMaxVus));
  } else if (RampChanges(config) > kMaxRampChanges) {
    problems.push_back("the stages change the number of VUs more than " +
                       std::to_string(kMaxRampChanges) + " times");
  }
}

void Validate(const ConstantArrivalRate& config, Problems& problems) {
  if (!config.rate) {
    problems.emplace_back("the iteration rate isn't specified");
  } else if (*config.rate <= 0) {
    problems.emplace_back("the iteration rate must be more than 0");
  }
  ValidateTimeUnit(config.time_unit, problems);
  ValidateDuration(config.duration, problems);
  ValidateArrivalVus(config.vus, problems);
}

void Validate(const RampingArrivalRate& config, Problems& problems) {
  if (config.start_rate < 0) problems.emplace_back("the startRate value can't be negative");
  ValidateTimeUnit(config.time_unit, problems);
  ValidateStages(config.stages, problems);
  ValidateArrivalVus(config.vus, problems);
}

// k6 1.x's words, but for maxVUs beyond what can be split.
void Validate(const ExternallyControlled& config, Problems& problems) {
  if (config.vus < 0) problems.emplace_back("the number of VUs can't be negative");
  if (config.Max() < config.vus) {
    problems.push_back("the number of active VUs (" + std::to_string(config.vus) +
                       ") can't be more than the number of max VUs (" +
                       std::to_string(config.Max()) + ")");
  }
  if (config.Max() > kMaxVus) {
    problems.push_back("maxVUs must be at most " + std::to_string(kMaxVus));
  }
  if (!config.duration) {
    problems.emplace_back("the duration must be specified, for infinite duration use 0");
  } else if (*config.duration < nanoseconds(0)) {
    problems.emplace_back("the duration can't be negative, for infinite duration use 0");
  }
}

}  // namespace

std::vector<std::string> ValidateScenario(const Scenario& scenario) {
  Problems problems;
  ValidateCommon(scenario, problems);
  Problems own;
  std::visit([&](const auto& config) { Validate(config, own); }, scenario.executor);
  problems.insert(problems.end(), own.begin(), own.end());
  return problems;
}

Result<void> CheckScenarios(std::span<const Scenario> scenarios) {
  for (const Scenario& scenario : scenarios) {
    const auto problems = ValidateScenario(scenario);
    if (!problems.empty())
      return Fail(ErrorCode::kInvalidConfig, "scenario " + scenario.name + ": " + problems.front());
  }
  return {};
}

}  // namespace loadctl::plan
