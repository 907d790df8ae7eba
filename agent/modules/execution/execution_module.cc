#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/vu/clock.h"
#include "agent/vu/vu.h"
#include "common/plan/options.h"

namespace loadctl::modules::execution {
namespace {

struct InstanceNow {
  double duration = 0;  ///< ms since the run's start
  double complete = 0, interrupted = 0, active = 0, initialized = 0;
};
struct ScenarioNow {
  std::string name, executor;
  std::int64_t start_time = 0;
  double progress = 0;
  std::int64_t iteration_in_instance = 0, iteration_in_test = 0;
};
struct VuNow {
  std::int64_t id_in_instance = 0, id_in_test = 0;
  std::int64_t iteration_in_instance = 0, iteration_in_scenario = 0;
};

class Execution {
 public:
  explicit Execution(vu::Vu& vu) : vu_(vu) {}

  InstanceNow GetInstance() {
    auto& program = vu_.program();
    InstanceNow now;
    for (const auto* stats : program.stats) {
      now.complete += static_cast<double>(stats->complete.load());
      now.interrupted += static_cast<double>(stats->interrupted.load());
      now.active += static_cast<double>(stats->active.load());
    }
    now.initialized = static_cast<double>(program.vus_initialized.load());
    const std::int64_t start = program.run_start_ns.load();
    if (start != 0) now.duration = static_cast<double>(vu::SteadyNow() - start) / 1e6;
    return now;
  }

  ScenarioNow GetScenario() {
    const auto& scenario = *vu_.execution().scenario();
    const auto& numbers = vu_.execution().iteration_numbers();
    return {scenario.name,          scenario.executor,
            scenario.start_unix_ms, scenario.progress ? scenario.progress() : 0,
            numbers.in_instance,    numbers.in_test};
  }

  VuNow GetVu() {
    return {vu_.numbers().in_instance, vu_.numbers().in_test,
            std::max<std::int64_t>(vu_.execution().iteration(), 0),
            vu_.execution().scenario_iteration()};
  }

  void SetTag(std::string key, std::string content) {
    for (auto& [name, value] : vu_.tags().own()) {
      if (name != key) continue;
      value = std::move(content);
      return;
    }
    vu_.tags().own().emplace_back(std::move(key), std::move(content));
  }

  void DeleteTag(std::string key) { vu_.tags().Delete(key); }

  // What a sample taken now would carry besides its own.
  js::Pairs TagList() {
    std::vector<loadctl::metrics::SystemTag> tags;
    vu_.tags().Now({}, nullptr).Effective(tags);
    js::Pairs pairs;
    for (const auto& [name, value] : tags) pairs.emplace_back(name, value);
    return pairs;
  }

  void SetMetadata(std::string key, std::string value) {
    vu_.tags().metadata()[key] = std::move(value);
  }
  void DeleteMetadata(std::string key) { vu_.tags().metadata().erase(key); }
  js::Pairs MetadataList() { return {vu_.tags().metadata().begin(), vu_.tags().metadata().end()}; }

  js::Json TestOptions() {
    return {plan::ShownOptions(vu_.program().options, plan::OptionsView::kExecution)};
  }

  void Fail(std::string message) {
    vu_.Log(vu::LogLevel::kError,
            "test marked as failed" + (message.empty() ? "" : ": " + message));
    vu_.program().fail_test(message);
  }

 private:
  vu::Vu& vu_;
};

int Phase(vu::Vu& vu) { return static_cast<int>(vu.execution().phase()); }

void Abort(vu::Vu& vu, std::string message) { vu.AbortTest(std::move(message)); }

}  // namespace
}  // namespace loadctl::modules::execution

template <>
struct loadctl::js::Members<loadctl::modules::execution::InstanceNow> {
  using T = modules::execution::InstanceNow;
  static constexpr std::tuple list{
      Member{"duration", &T::duration}, Member{"complete", &T::complete},
      Member{"interrupted", &T::interrupted}, Member{"active", &T::active},
      Member{"initialized", &T::initialized}};
};
template <>
struct loadctl::js::Members<loadctl::modules::execution::ScenarioNow> {
  using T = modules::execution::ScenarioNow;
  static constexpr std::tuple list{Member{"name", &T::name},
                                   Member{"executor", &T::executor},
                                   Member{"startTime", &T::start_time},
                                   Member{"progress", &T::progress},
                                   Member{"iterationInInstance", &T::iteration_in_instance},
                                   Member{"iterationInTest", &T::iteration_in_test}};
};
template <>
struct loadctl::js::Members<loadctl::modules::execution::VuNow> {
  using T = modules::execution::VuNow;
  static constexpr std::tuple list{Member{"idInInstance", &T::id_in_instance},
                                   Member{"idInTest", &T::id_in_test},
                                   Member{"iterationInInstance", &T::iteration_in_instance},
                                   Member{"iterationInScenario", &T::iteration_in_scenario}};
};

namespace loadctl::modules::execution {

Module Describe() {
  return {faces::kExecution,
          {
              js::Native<&Phase>("phase"),
              js::Native<&Execution::GetInstance>("instanceNow"),
              js::Native<&Execution::GetScenario>("scenarioNow"),
              js::Native<&Execution::GetVu>("vuNow"),
              js::Native<&Execution::SetTag>("setTag"),
              js::Native<&Execution::DeleteTag>("deleteTag"),
              js::Native<&Execution::TagList>("tagList"),
              js::Native<&Execution::SetMetadata>("setMetadata"),
              js::Native<&Execution::DeleteMetadata>("deleteMetadata"),
              js::Native<&Execution::MetadataList>("metadataList"),
              js::Native<&Execution::TestOptions>("testOptions"),
              js::Native<&Abort>("abort"),
              js::Native<&Execution::Fail>("fail"),
          }};
}

}  // namespace loadctl::modules::execution
